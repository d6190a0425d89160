"""Shared fixtures: the seeds, the real command, and tiny random checkpoints of the architectures that we load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
SEED_XIAOMI = SEEDS / "000_f806ccd67436b9d6.txt"
SEED_BMW = SEEDS / "003_403e8a1f482a6582.txt"

# Translations and converted models that a test finds are those of this run of the tests.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="polderbrief-tests-")

Run = subprocess.CompletedProcess[str]


def polderbrief(*arguments: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> Run:
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def articles(tmp_path: Path) -> Callable[..., Path]:
    """Writes texts as files of a folder: ``articles(a="Een.", b="Twee.")``."""

    def write(**texts: str) -> Path:
        folder = tmp_path / "articles"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        return folder

    return write


def _seed_sentences() -> list[str]:
    return [
        line for path in sorted(SEEDS.glob("*.txt")) for line in path.read_text(encoding="utf-8").splitlines() if line
    ]


@pytest.fixture(scope="session")
def tiny_marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An opus-mt checkpoint in miniature: two SentencePiece models, one vocab.json, random weights."""
    return _make_marian(tmp_path_factory.mktemp("tiny-marian"))


@pytest.fixture(scope="session")
def tiny_german(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with other weights: a second model, as for another pair of languages."""
    return _make_marian(tmp_path_factory.mktemp("tiny-german"), seed=1)


@pytest.fixture(scope="session")
def tiny_many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for several target languages, which the first piece of an input says."""
    return _make_marian(tmp_path_factory.mktemp("tiny-many"), tokens=(">>deu<<", ">>fra<<"), init_std=0.2)


def _make_marian(folder: Path, *, seed: int = 0, tokens: Sequence[str] = (), init_std: float = 0.02) -> Path:
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    text = folder / "text.txt"
    text.write_text("\n".join(_seed_sentences()), encoding="utf-8")
    for side in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(
            input=str(text),
            model_prefix=str(folder / side),
            vocab_size=300,
            character_coverage=1.0,
            eos_id=0,
            unk_id=1,
            bos_id=-1,
            pad_id=-1,
            minloglevel=2,
        )
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
        (folder / f"{side}.vocab").unlink()
    text.unlink()
    pieces = sentencepiece.SentencePieceProcessor(str(folder / "source.spm"))
    vocabulary = {pieces.id_to_piece(i): i for i in range(pieces.vocab_size())}
    for piece in (*tokens, "<pad>"):
        vocabulary[piece] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    tokenizer = MarianTokenizer(
        str(folder / "source.spm"),
        str(folder / "target.spm"),
        str(folder / "vocab.json"),
        source_lang="nl",
        target_lang="en",
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    pad = vocabulary["<pad>"]
    config = MarianConfig(
        vocab_size=len(vocabulary),
        decoder_vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=128,
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
        init_std=init_std,
    )
    MarianMTModel(config).save_pretrained(folder)
    return folder


def _tiny_tokenizer(folder: Path) -> int:
    """A small word-piece tokenizer with the special tokens of BART; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(_seed_sentences(), trainers.WordPieceTrainer(vocab_size=400, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)
    return tokenizer.get_vocab_size()


@pytest.fixture(scope="session")
def tiny_bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BART in miniature, random weights."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    folder = tmp_path_factory.mktemp("tiny-bart")
    size = _tiny_tokenizer(folder)
    torch.manual_seed(0)
    config = BartConfig(
        vocab_size=size,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=128,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_bos_token_id=0,
        forced_eos_token_id=2,
    )
    BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_nli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DeBERTa-v2 for NLI in miniature, random weights, labels in the order of the mDeBERTa XNLI models."""
    import torch
    from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

    folder = tmp_path_factory.mktemp("tiny-nli")
    size = _tiny_tokenizer(folder)
    torch.manual_seed(0)
    config = DebertaV2Config(
        vocab_size=size,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        type_vocab_size=0,
        pad_token_id=1,
        relative_attention=True,
        position_buckets=32,
        pos_att_type=["p2c", "c2p"],
        id2label={0: "entailment", 1: "neutral", 2: "contradiction"},
        label2id={"entailment": 0, "neutral": 1, "contradiction": 2},
    )
    DebertaV2ForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT in miniature as the tagger begins with one, random weights."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny-bert")
    special = ["[PAD]", *(f"[unused{i}]" for i in range(8)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    size = _lower_case_tokenizer(folder, special, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]")
    torch.manual_seed(0)
    config = BertConfig(vocab_size=size, num_hidden_layers=2, max_position_embeddings=256, **_TINY)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_mpnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of the kind that is embedded, with a layer more."""
    import torch
    from transformers import MPNetConfig, MPNetModel

    folder = tmp_path_factory.mktemp("tiny-mpnet")
    special = ["<s>", "<pad>", "</s>", "<unk>", "[unused1]", "[UNK]"]
    size = _lower_case_tokenizer(folder, special, pad_token="<pad>", cls_token="<s>", sep_token="</s>")
    torch.manual_seed(0)
    config = MPNetConfig(vocab_size=size, num_hidden_layers=3, max_position_embeddings=258, **_TINY)
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


_TINY = {
    "hidden_size": 64,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def _lower_case_tokenizer(folder: Path, special: Sequence[str], **names: str) -> int:
    """A word-piece tokenizer; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        [*_seed_sentences(), "great terrible new praised good bad car phone of the is a we saw it here"] * 3,
        trainers.WordPieceTrainer(vocab_size=600, special_tokens=list(special)),
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", **names).save_pretrained(folder)
    return tokenizer.get_vocab_size()

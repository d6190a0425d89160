"""Which language a text is in, by lingua (https://github.com/pemistahl/lingua-rs)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from pipeline.nmt.spelling import known_share

# Words in lower case: capitals inside a sentence are mostly names, which are in every language.
_SMALL = r"[^\W\d_A-ZÀ-ÖØ-Þ]"
_WORD = re.compile(rf"(?<![\w'’-]){_SMALL}+(?:['’-]{_SMALL}+)*(?![\w'’-])|(?<![\w'’])I(?=['’\s])")
_SAMPLE = 5_000  # characters of a document that are enough to know its language
_GLANCE = 1_000  # of these, for a look at all languages
_ENOUGH = 20  # words from which on a text that no expected language has is told from one that is only odd
# Of a Dutch article at least 95 % of these stand in the Dutch word list, of one in Afrikaans, its nearest of kin, 77 %:
_FAMILIAR = 0.9  # from here on there is no need to look at all languages
_HARDLY = 0.01  # share of all expected languages together under which a text is in none of them
_SURE = 0.99


class Detector:
    """Tells expected languages apart, and documents that are in none of them.

    ``expected`` are ISO 639-1 codes; with one language alone, everything is taken for it.
    """

    def __init__(self, expected: Iterable[str]) -> None:
        self.expected = tuple(dict.fromkeys(expected))
        if len(self.expected) > 1:
            _narrow(self.expected)

    def document(self, text: str) -> str | None:
        """The code of a document's language, by its beginning.

        None where it has no letters, or is in none of the expected languages and not surely in another one.
        """
        return _of_document(self.expected, text[:_SAMPLE])

    def tell(self, texts: Sequence[str], also: str | None = None) -> list[tuple[str, float]]:
        """The likeliest expected language of each text and its confidence; 0 where its script is none of theirs.

        ``also`` is one more language to tell apart, that of the document.
        """
        return _tell(self.expected if also is None or also in self.expected else (*self.expected, also), texts)


@lru_cache(maxsize=1_000)  # the stage language asks again what split asked before
def _of_document(expected: tuple[str, ...], text: str) -> str | None:
    if not has_letters(text):
        return None
    ((code, confidence),) = _tell(expected, [text])
    own = words(text)
    if len(expected) == 1 or (confidence > 0 and len(own) < _ENOUGH):
        return code
    if known_share(own, code) >= _FAMILIAR:
        return code
    shares = {
        _code(found.language): found.value for found in _wide().compute_language_confidence_values(text[:_GLANCE])
    }
    if confidence > 0 and sum(shares[one] for one in expected) >= _HARDLY:
        return code
    likeliest = max(shares, key=lambda one: shares[one])
    return likeliest if shares[likeliest] >= _SURE else None


def _tell(codes: tuple[str, ...], texts: Sequence[str]) -> list[tuple[str, float]]:
    if len(codes) == 1:
        return [(codes[0], 1.0)] * len(texts)
    # lingua's models know the straight apostrophe only
    plain = [text.replace("’", "'").replace("‘", "'") for text in texts]
    found = _narrow(codes).compute_language_confidence_values_in_parallel(plain)
    return [(_code(row[0].language), float(row[0].value)) for row in found]


def words(text: str) -> list[str]:
    """The words that tell the language of a text: those in lower case, and the English ``I``."""
    return [word for word in _WORD.findall(text) if word.islower() or word == "I"]


def has_letters(text: str) -> bool:
    """Whether there is anything to tell a language by."""
    return any(character.isalpha() for character in text)


@cache
def _narrow(codes: tuple[str, ...]) -> Any:
    """A detector of some languages; reading all its models at once takes half the time of one by one."""
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    languages = [Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper())) for code in codes]
    return LanguageDetectorBuilder.from_languages(*languages).with_preloaded_language_models().build()


@cache
def _wide() -> Any:
    """A detector of all languages, by trigrams alone: half a second to load, and good for texts of some length."""
    from lingua import LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode()
    return builder.with_preloaded_language_models().build()


def _code(language: Any) -> str:
    return str(language.iso_code_639_1.name).lower()

"""MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297) for CTranslate2, which has its parts but not their sum.

It is BERT with T5's bias for how far two pieces are apart. CTranslate2 has no positions beside such a bias; but an
encoder may have a second table of embeddings, meant for the sides of an input, which MPNet does not have: it is told
the positions there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from ctranslate2.converters.transformers import BertLoader, register_loader
from ctranslate2.converters.utils import fuse_linear
from ctranslate2.specs.common_spec import Activation, EmbeddingsMerge, LinearSpec
from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec, TransformerEncoderSpec

_FARTHEST = np.int32(128)  # apart, as transformers' MPNetEncoder has it
_ACTIVATIONS = {"gelu": Activation.GELU, "relu": Activation.RELU}


@register_loader("MPNetConfig")
class MPNetLoader(BertLoader):  # type: ignore[misc]  # it has no types
    """Lays out the weights of transformers' ``MPNetModel``."""

    architecture_name = "MPNetModel"

    def get_model_spec(self, model: Any) -> Any:
        """All weights, in CTranslate2's names."""
        config = model.config
        encoder = TransformerEncoderSpec(
            config.num_hidden_layers,
            config.num_attention_heads,
            pre_norm=False,
            activation=_ACTIVATIONS[config.hidden_act],
            layernorm_embedding=True,
            num_source_embeddings=2,
            embeddings_merge=EmbeddingsMerge.ADD,
            relative_attention_bias=True,
        )
        encoder.scale_embeddings = False
        self.set_embeddings(encoder.embeddings[0], model.embeddings.word_embeddings)
        self.set_embeddings(encoder.embeddings[1], model.embeddings.position_embeddings)
        self.set_layer_norm(encoder.layernorm_embedding, model.embeddings.LayerNorm)
        for spec, layer in zip(encoder.layer, model.encoder.layer, strict=True):
            heads = layer.attention.attn
            inputs = [LinearSpec() for _ in "qkv"]
            for part, linear in zip(inputs, (heads.q, heads.k, heads.v), strict=True):
                self.set_linear(part, linear)
            fuse_linear(spec.self_attention.linear[0], inputs)
            self.set_linear(spec.self_attention.linear[1], heads.o)
            self.set_layer_norm(spec.self_attention.layer_norm, layer.attention.LayerNorm)
            spec.self_attention.relative_attention_bias = model.encoder.relative_attention_bias.weight
            spec.self_attention.relative_attention_max_distance = _FARTHEST
            self.set_linear(spec.ffn.linear_0, layer.intermediate.dense)
            self.set_linear(spec.ffn.linear_1, layer.output.dense)
            self.set_layer_norm(spec.ffn.layer_norm, layer.output.LayerNorm)
        return TransformerEncoderModelSpec(encoder)

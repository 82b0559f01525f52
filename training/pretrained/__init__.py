"""Encoders pre-trained by others: HuBERT, wav2vec 2.0, WavLM and Data2Vec-audio, grown exits.

The architecture is written anew here, small and in `state_dict` names of our own;
`load_huggingface` reads a checkpoint folder in Hugging Face format, `config` sizes it by hand.
"""

from training.pretrained.config import LARGE, PretrainedConfig
from training.pretrained.model import EarlyExitPretrained

__all__ = ["LARGE", "EarlyExitPretrained", "PretrainedConfig"]

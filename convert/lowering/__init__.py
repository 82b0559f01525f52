"""Lowering: the same mathematics in the operators that a target takes, or runs fastest."""

from convert.lowering.lower import lower

__all__ = ["lower"]

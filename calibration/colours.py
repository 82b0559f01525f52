"""The colours of all pictures: Okabe and Ito's, which most kinds of colour vision tell apart."""

from __future__ import annotations

BLUE, GREEN, VERMILION = "#0072B2", "#009E73", "#D55E00"
SKY, ORANGE, PURPLE = "#56B4E9", "#E69F00", "#CC79A7"
GREY, DARK, PALE = "#8A8A8A", "#444444", "#EBEBEB"
INK, PAPER = "#1A1A1A", "#FFFFFF"

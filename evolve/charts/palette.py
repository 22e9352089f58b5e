"""Colours that the colour-blind can tell apart."""

from __future__ import annotations

LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#e69f00", "#5f4b8b", "#7f7f7f", "#a52a2a")
"""On white, after Okabe & Ito's palette."""

DARK = ("#5ab4f0", "#ff9248", "#2cc795", "#e79cc6", "#cfae3c", "#8fd0f5", "#f6c35a", "#b09fe0", "#b3b3b3", "#f08a8a")
"""The same hues on a dark ground, each at 4.5 to 1 or more against it."""

HEAT = ("#00224e", "#1f3a6d", "#43506c", "#5f676f", "#7b7d77", "#99946f", "#b9ac63", "#dbc64d", "#fee838")
"""From little to much: of even steps in lightness, after the map "cividis" (Nuñez, Anderton & Renslow, 2018)."""

HEAT_INK = ("#ffffff",) * 4 + ("#000000",) * 5
"""What is legible on each of them."""

"""The bands of a queue by deadline: words, tone and icon, the same wherever work waits."""

from __future__ import annotations

WORDS = {
    "late": ("Late", "late", "late"),
    "today": ("Due today", "soon", "soon"),
    "week": ("Next 7 days", "plain", "date"),
    "later": ("Later", "plain", "date"),
    "paused": ("Clock paused", "hold", "hold"),
}

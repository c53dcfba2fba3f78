"""The tables of claims, as numbered SQL files."""

from pathlib import Path

CLAIMS = Path(__file__).parent

"""The tables of enrollment, as numbered SQL files."""

from pathlib import Path

ENROLLMENT = Path(__file__).parent

"""The rules as dated data: what the law grants and asks for on a day, in editions that two people answer for."""

from services.claims.rules.book import (
    DocumentKind,
    NoRules,
    RequiredDocument,
    Rule,
    RuleBook,
    Rules,
)
from services.claims.rules.packaged import base_book
from services.claims.rules.store import book_at, book_of, current_book, keep_base

__all__ = [
    "DocumentKind",
    "NoRules",
    "RequiredDocument",
    "Rule",
    "RuleBook",
    "Rules",
    "base_book",
    "book_at",
    "book_of",
    "current_book",
    "keep_base",
]

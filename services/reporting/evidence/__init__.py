"""The evidence file for the Paritrana Award: what a government shows for a calendar year, as of its 31 December.

The award is judged on documents: regulations, budget, coverage, claims. Here they are put together from the same
questions that reporting answers elsewhere, each figure with its definition, its source, and how complete it is.

    shape.py       what it is made of: whom it is about, sections, the figures that stand first
    cover.py, budget.py, claims.py
                   the sections by theme
    collected.py   all of them, asked in one snapshot
    workbook.py    as XLSX
    document.py    as PDF
"""

"""The pages on which people look at the figures: one page with all of them, and one for each question.

    asked.py    which figures are wanted: the day, the known-at time, the area, the language
    panel.py    what a panel is: a question with its columns and its chart; the columns that several have
    panels.py   the panels about protection, which panels the first page shows, and how people find all of them
    membership_panels.py, churn_panels.py, cohort_panels.py, card_panels.py  those about members, cohorts and cards
    claim_panels.py, decision_panels.py, paid_panels.py, death_panels.py     those about claims, money and deaths
    honesty.py  why a figure changed
    published_panels.py, evidence_panel.py  what was quoted to the world, and the files for the award
    dictionary.py  what everything in schema bi is (dictionary.toml: in Indonesian)
    names.py    what codes are called
    words.py    numbers, dates and names as readers of Indonesian and English write them
    seen.py     what one page shows, asked in one snapshot
    tiles.py    the figures that stand first on the overview
    about.py    what a file of rows says of itself
    csvw.py     the same beside a CSV file
    downloads.py  a file of rows as an answer: its name and its headers
    files.py    the rows of a panel as CSV, XLSX and Parquet
    public.py   the page for everybody: what was released, small counts hidden
    routes.py   the pages, their files, and what they are made of (templates/, static/)

A page is whole without JavaScript: tables, filters, links. With it, tables become charts.
"""

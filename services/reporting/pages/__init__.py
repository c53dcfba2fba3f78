"""The pages on which people look at the figures: one page with all of them, and one for each question.

    asked.py    which figures are wanted: the day, the known-at time, the area, the language
    panel.py    what a panel is: a question with its columns and its chart
    panels.py   the panels, and which of them the first page shows
    dictionary.py  what everything in schema bi is
    words.py    numbers, dates and names as readers of Indonesian and English write them
    files.py    the rows of a panel as CSV, XLSX and Parquet
    public.py   the page for everybody: what was released, small counts hidden
    honesty.py  why a figure changed, and which were published
    routes.py   the pages, their files, and what they are made of (templates/, static/)

A page is whole without JavaScript: tables, filters, links. With it, tables become charts.
"""

"""All bounds as one picture: how much of each is used up."""

from html import escape

WIDTH, LEFT, BAR, TOP, SCALE = 900, 390, 14, 50, 320  # a bound that is just met is SCALE wide


def bar(line, case, row):
    share = row["judged"] / row["bound"]
    length, y = min(share, 1.5) * SCALE, TOP + line * (BAR + 6)
    colour = "#d64545" if row["missed"] else "#4a7fb5"
    said = f"{row['judged']:.4g} of {row['bound']:g}"
    if row.get("unit") == "KiB" and "reference" not in row:
        said = f"{row['judged'] / 1024:.1f} of {row['bound'] / 1024:g} MiB"
    return (f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{escape(case)}: {escape(row["what"])}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR}" fill="{colour}"/>'
            f'<text x="{LEFT + length + 6:.0f}" y="{y + 11}">{said}</text>\n')


def picture(cases):
    """`cases` are those of report.read_json."""
    rows = [(case["case"], row) for case in cases for row in case["rows"] if "bound" in row]
    height = TOP + len(rows) * (BAR + 6) + 10
    at = LEFT + SCALE
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
            f'font-size="12" fill="#333">\n<rect width="100%" height="100%" fill="#fff"/>\n'
            f'<text x="10" y="22" font-size="15">source-host beside others: what it needs of each bound</text>\n'
            + "".join(bar(line, *row) for line, row in enumerate(rows)) +
            f'<line x1="{at}" x2="{at}" y1="{TOP - 8}" y2="{height - 8}" stroke="#333" stroke-dasharray="3 3"/>\n'
            f'<text x="{at}" y="{TOP - 12}" text-anchor="middle">bound</text>\n</svg>\n')

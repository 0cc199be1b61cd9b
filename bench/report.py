"""What was measured: as a table, as JSON, and all bounds as one picture."""

import json
import os
from dataclasses import asdict, dataclass, field
from statistics import median

from measure import ratio

HEAD = f"  {'':<36}{'ours':>10}{'reference':>11}{'ratio':>7}{'bound':>8}{'requests':>10}{'bytes':>8}{'peak':>8}"


def scaled(number, base, units):
    for unit in units[:-1]:
        if number < base:
            break
        number /= base
    else:
        unit = units[-1]
    return f"{number:.{0 if number >= 100 or number == int(number) else 1}f} {unit}".strip()


def text(number, unit):
    if number is None:
        return "-"
    if unit == "s":
        return f"{number * 1000:.0f} ms" if number >= 0.1 else f"{number * 1000:.1f} ms"
    if unit == "KiB":
        return scaled(number / 1024, 1024, ["MiB", "GiB"])
    if unit == "instructions":
        return scaled(number, 1000, ["", "k", "M", "G"])
    return f"{number:g}"


@dataclass
class Row:
    """A bound is one of the ratio to the reference, or, where there is none, of our figure itself."""
    what: str
    ours: list
    reference: list = field(default_factory=list)
    unit: str = "s"
    bound: float | None = None
    requests: int | None = None
    bytes: int | None = None
    peak_kib: int | None = None

    @property
    def judged(self):
        return ratio(self.ours, self.reference) if self.reference else median(self.ours)

    @property
    def is_missed(self):
        return self.bound is not None and self.judged > self.bound

    def line(self):
        bound = "" if self.bound is None else text(self.bound, "" if self.reference else self.unit)
        cells = [f"  {self.what:<36}{text(median(self.ours), self.unit):>10}",
                 f"{text(median(self.reference), self.unit) if self.reference else '':>11}",
                 f"{self.judged if self.reference else '':>7{'.2f' if self.reference else ''}}{bound:>8}",
                 f"{'' if self.requests is None else self.requests:>10}",
                 f"{'' if self.bytes is None else scaled(self.bytes, 1000, ['B', 'kB', 'MB', 'GB']):>8}",
                 f"{'' if self.peak_kib is None else f'{self.peak_kib / 1024:.1f} M':>8}"]
        return "".join(cells).rstrip() + ("  MISSED" if self.is_missed else "")


def table(title, rows):
    return "\n".join([title, HEAD.rstrip(), *(row.line() for row in rows)])


def write_json(path, name, title, rows):
    shape = {"case": name, "title": title, "rows": [
        {key: value for key, value in asdict(row).items() if value not in (None, [])}
        | {"judged": round(row.judged, 4), "missed": row.is_missed} for row in rows]}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(shape, file, indent=1)
        file.write("\n")


def read_json(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                yield json.load(file)

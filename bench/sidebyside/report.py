"""From rounds to a table, and where a run is kept."""

import json
from statistics import median

COLUMNS = ["cpu_us_per_request", "requests_per_second", "p50_us", "p99_us", "rss_kib", "busy"]


def medians(rounds):
    """The median of each measure, for each proxy."""
    return {
        name: {column: median(one[column] for one in taken) for column in COLUMNS}
        for name, taken in rounds.items()
    }


def ratios(rounds, against):
    """Processor time beside another proxy: ratio of the medians, and the lowest and the highest
    ratio within one round."""
    if against not in rounds:
        return {}
    cost, base = "cpu_us_per_request", rounds[against]
    middle = medians(rounds)
    found = {}
    for name, taken in rounds.items():
        each = [one[cost] / other[cost] for one, other in zip(taken, base, strict=True)]
        whole = middle[name][cost] / middle[against][cost]
        found[name] = {"of_medians": whole, "lowest": min(each), "highest": max(each)}
    return found


def table(run):
    """The table, in Markdown."""
    rounds, against = run["rounds"], run["settings"]["against"]
    middle, beside = medians(rounds), ratios(rounds, against)
    lines = [
        f"| proxy | CPU us a request (lowest to highest) | beside {against} | requests/s | p50 us "
        "| p99 us | RSS idle MiB | RSS loaded MiB | core busy |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, value in middle.items():
        costs = [one["cpu_us_per_request"] for one in rounds[name]]
        cells = [
            name,
            f"{value['cpu_us_per_request']:.1f} ({min(costs):.1f} to {max(costs):.1f})",
            _ratio(beside.get(name)),
            f"{value['requests_per_second']:,.0f}",
            f"{value['p50_us']:.0f}",
            f"{value['p99_us']:.0f}",
            _mib(run["idle_rss_kib"][name]),
            _mib(value["rss_kib"]),
            f"{value['busy']:.0%}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _ratio(beside):
    if beside is None:
        return "-"
    return f"{beside['of_medians']:.2f} ({beside['lowest']:.2f} to {beside['highest']:.2f})"


def _mib(kib):
    return f"{kib / 1024:.1f}"


def page(run):
    """The table with what one must know to read it."""
    machine, versions, settings = run["machine"], run["versions"], run["settings"]
    built = f"Vestibule {versions['vestibule']}, pingora {versions['pingora']}"
    lines = [
        f"# What a signed-in request costs, {run['date']}",
        "",
        f"{built}, nginx {versions['nginx']}, wrk {versions['wrk']}, rustc {versions['rustc']}; "
        f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}.",
        "",
        f"Medians of {settings['rounds']} rounds of {settings['seconds']} s for each proxy, taken "
        f"in turn; {settings['connections']} connections, a body of {settings['body_bytes']} "
        "bytes, one worker on a core of its own, wrk and the upstream on the other.",
        "",
        table(run),
        "",
        "CPU and the ratio are what to compare; `bench/README.md` says why. In brackets behind "
        "the ratio: the lowest and the highest within one round.",
    ]
    if "gateway" in run:
        lines += ["", _gateway(run["gateway"])]
    return "\n".join(lines) + "\n"


def _gateway(seen):
    return (
        f"The gateway is at {_mib(seen['rss_ready_kib'])} MiB when it is ready and at "
        f"{_mib(seen['rss_signed_in_kib'])} MiB after one sign-in, before the load. Its request "
        f"reached the upstream in {seen['bytes_at_upstream']} bytes, with a signed assertion, the "
        "name and a request number, and without the session cookie."
    )


def keep(run, folder):
    """Writes the raw rounds and the page, and never over an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    stem, again = f"{run['date']}-signed-in", 1
    while (folder / f"{stem}.json").exists():
        again += 1
        stem = f"{run['date']}-signed-in-{again}"
    (folder / f"{stem}.json").write_text(json.dumps(run, indent=2) + "\n")
    (folder / f"{stem}.md").write_text(page(run))
    return folder / f"{stem}.md"

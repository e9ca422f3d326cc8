"""`minhu doctor`: what is wrong with this installation, in words, and how to mend it."""

import typer

from web.cli.entry import read_settings
from web.cli.language import _


def command() -> None:
    """Check database, queue, worker, scheduler, disk, clock and calendar; exit status 1 when one is wrong."""
    settings = read_settings()
    from web.doctor import Severity, examine
    from web.runtime import running

    with running(settings) as runtime:
        findings = examine(runtime)
    marks = {Severity.OK: "✓", Severity.WARNING: "!", Severity.WRONG: "✗"}
    for finding in findings:
        typer.echo(f"{marks[finding.severity]} {finding.subject}: {finding.sentence}")
        if finding.remedy:
            typer.echo(f"    → {finding.remedy}")
    wrong = sum(finding.severity == Severity.WRONG for finding in findings)
    typer.echo(
        _("%(count)s of %(total)s checks found something wrong.", count=wrong, total=len(findings))
        if wrong
        else _("Nothing is wrong.")
    )
    raise typer.Exit(1 if wrong else 0)

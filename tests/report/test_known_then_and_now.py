"""What was not known then and is now is shown, not hidden among the lines without a match."""

from analyzer.core.asof import AsOf
from analyzer.exposure import Question
from analyzer.ingest import read_holdings
from analyzer.report.contract import analysis_json
from analyzer.service import analyze
from analyzer.world import World

FILE = b"name,isin,market value,currency\nSMIC,KYG8020E1199,100,USD\nSamsung,KR7005930003,50,USD\n"


def test_a_line_listed_since_is_among_the_positions(world: World) -> None:
    question = Question(AsOf.of("2021-09-01", "2020-11-01"))
    body = analysis_json(analyze(world, [read_holdings(("f.csv", FILE))], question))
    (position,) = body["positions"]
    assert position["status"] == "no_match"
    assert position["known_now"]["status"] == "sell_window"
    assert position["known_now"]["verdicts"]["buy"]["status"] == "prohibited"

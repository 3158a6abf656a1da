"""The style of the page, for light and dark, screen and paper."""

from analyzer.report.chart import LOOKS

_BARS = "".join(
    f"td.s-{status.value}{{border-left:6px solid {look.colour};white-space:nowrap}}"
    for status, look in LOOKS.items()
)
STYLE = (
    """
:root{color-scheme:light dark;--ink:#1a1b1c;--paper:#fdfdfe;--line:#c9cacb;--soft:#f1f2f4;
--link:#005a9c}
@media (prefers-color-scheme:dark){:root{--ink:#e8e9ea;--paper:#16181b;--line:#4a4d52;
--soft:#22252a;--link:#7cc4ff}}
@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--line:#999;--soft:#f1f2f4}
details{display:none}section{break-inside:auto}figure{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem 1.25rem 3rem;max-width:76rem;background:var(--paper);
color:var(--ink);font:15px/1.45 system-ui,"Segoe UI",Roboto,"Noto Sans",
"Noto Sans CJK SC",sans-serif}
h1{font-size:1.5rem;margin:.3rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}
.lead{font-size:1.15rem;font-weight:600}
.alarm{background:#E69F00;color:#000;padding:.5rem .75rem;border-left:8px solid #000}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.5rem;
margin:1rem 0}
.tiles div{background:var(--soft);border:1px solid var(--line);padding:.5rem .75rem}
.tiles dt{font-size:.85rem}.tiles dd{margin:0;font-weight:600;overflow-wrap:anywhere}
table{border-collapse:collapse;font-size:.85rem;margin:.5rem 0}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border-bottom:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top;
overflow-wrap:anywhere;max-width:32rem}
thead th{border-bottom:2px solid var(--ink);position:sticky;top:0;background:var(--paper)}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.facts th{white-space:nowrap}
.wide{overflow-x:auto;max-height:80vh;overflow-y:auto}.wide:focus{outline:2px solid var(--link)}
.note,figcaption{font-size:.85rem}
figure{margin:1.25rem 0}figure svg{width:100%;height:auto;max-width:60rem}
a{color:var(--link);overflow-wrap:anywhere}
.sign td{width:28rem;height:2rem;border-bottom:1px solid var(--ink)}
footer{margin-top:2rem;border-top:2px solid var(--ink);font-size:.85rem}
"""
    + _BARS
)

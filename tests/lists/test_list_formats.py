"""One inherited suite over every reader: small files written here, answers written by hand."""

import json
from datetime import date
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.entities import NameKind
from analyzer.core.errors import InputError
from analyzer.lists.formats import read_publication
from analyzer.lists.parsers import read_files
from analyzer.lists.spec import catalogue

CATALOGUE = catalogue()


class FormatSuite:
    """What every reader owes; subclasses give a file and what is in it."""

    files: ClassVar[dict[str, bytes]]
    format: str
    scope: str
    stated: date | None = None
    names: tuple[str, ...]
    removed: tuple[str, ...] = ()
    # Whether a file cut at any byte shows it by itself; a table cut between rows does not.
    shows_every_cut = True

    def read(self, files=None):
        return read_files(self.files if files is None else files, CATALOGUE)

    def test_format_scope_and_date(self) -> None:
        found = self.read()
        assert (found.format, found.scope, found.date) == (self.format, self.scope, self.stated)

    def test_every_entry_is_there_and_nothing_is_odd(self) -> None:
        found = self.read()
        assert tuple(e.name for e in found.entries) == self.names
        assert found.removed == self.removed
        assert found.findings == ()

    def test_every_entry_carries_a_tag_by_which_a_list_selects_it(self) -> None:
        assert all(e.tags for e in self.read().entries)

    def test_a_cut_is_refused_or_loses_whole_rows_only(self) -> None:
        name, raw = next(iter(self.files.items()))
        for end in range(1, len(raw) - 3, 7):
            cut = {**self.files, name: raw[:end]}
            if self.shows_every_cut:
                with pytest.raises(InputError):
                    self.read(cut)
                continue
            kept = self.names_or_refusal(cut)
            assert kept is None or kept == self.names[: len(kept)]

    def names_or_refusal(self, files) -> tuple[str, ...] | None:
        try:
            return tuple(e.name for e in self.read(files).entries)
        except InputError:
            return None

    def test_bytes_that_are_not_text_are_refused(self) -> None:
        name = next(iter(self.files))
        with pytest.raises(InputError):
            self.read({name: b"\x00\xff\xfe" * 40})


class TestOfacCsv(FormatSuite):
    format = "ofac-csv"
    scope = "ofac-consolidated"
    names = ("LONG REMARK LTD", "SHORT, Ann")
    shows_every_cut = False
    remark = ("Target Type Public Company; " * 60)[:1000]
    files: ClassVar = {
        "CONS_PRIM.CSV": (
            f'11,"LONG REMARK LTD",-0- ,"CMIC-EO13959] [SDGT",{"-0- ," * 7}"{remark}"\r\n'
            f'12,"SHORT, Ann","individual","NS-PLC",{"-0- ," * 7}"DOB 1962."\r\n\x1a'
        ).encode(),
        "CONS_ALT.CSV": (
            b'11,1,"aka","LONG REMARK",-0- \r\n11,2,"fka","OLD REMARK LTD",-0- \r\n\x1a'
        ),
        "CONS_ADD.CSV": b'11,5,"1 Road","Beijing","China",-0- \r\n12,6,-0- ,-0- ,-0- ,-0- \r\n\x1a',
        "CONS_COMMENTS.CSV": (
            b'11,"; ISIN HK0941009539; Equity Ticker 941 HK; Listing Date (CMIC) 03 Jun 2021;'
            b" Effective Date (CMIC) 02 Aug 2021; a.k.a. 'LR'.\"\r\n\x1a"
        ),
    }

    def test_a_remark_goes_on_in_the_comments_file(self) -> None:
        entry = self.read().entries[0]
        assert entry.codes == (("isin", "HK0941009539"), ("ticker", "941 HK"))
        assert (entry.listed, entry.ban_from) == (date(2021, 6, 3), date(2021, 8, 2))
        assert {(n.text, n.kind) for n in entry.names} == {
            ("LONG REMARK", NameKind.ALIAS),
            ("OLD REMARK LTD", NameKind.FORMER),
            ("LR", NameKind.WEAK_ALIAS),
        }
        assert entry.tags == {"CMIC-EO13959", "SDGT"}
        assert entry.country == "CN"

    def test_a_cut_remark_without_the_comments_file_is_reported(self) -> None:
        files = {k: v for k, v in self.files.items() if "COMMENTS" not in k}
        assert [f.code for f in self.read(files).findings] == ["W704"]

    def test_rows_of_entries_that_are_missing_are_refused(self) -> None:
        more = self.files["CONS_ADD.CSV"].replace(b"\x1a", b"")
        more += b"".join(b"%d,9,-0- ,-0- ,-0- ,-0- \r\n" % n for n in (97, 98, 99))
        with pytest.raises(InputError, match="3 entries are not in CONS_PRIM"):
            self.read({**self.files, "CONS_ADD.CSV": more})

    def test_two_sets_at_once_are_refused_and_a_stranger_is_reported(self) -> None:
        more = {**self.files, "other_prim.csv": self.files["CONS_PRIM.CSV"]}
        with pytest.raises(InputError, match="two primary files"):
            self.read(more)
        found = self.read({**self.files, "README.txt": b"hello"})
        assert "README.txt" in found.findings[0].message

    def test_a_header_row_is_refused(self) -> None:
        raw = b"entity_num,name,type,program,a,b,c,d,e,f,g,remarks\r\n"
        with pytest.raises(InputError, match="is not an OFAC key"):
            self.read({"CONS_PRIM.CSV": raw + self.files["CONS_PRIM.CSV"]})

    def test_an_unknown_kind_of_name_is_reported(self) -> None:
        files = {**self.files, "CONS_ALT.CSV": b'11,1,"xyz","A",-0- \r\n'}
        assert "kind of name 'xyz'" in str(self.read(files).findings[0])


class TestOfacLegacyXml(FormatSuite):
    format = "ofac-xml"
    scope = "ofac-consolidated"
    stated = date(2024, 5, 6)
    names = ("CHINA SAMPLE LTD", "DOE, Jane")
    files: ClassVar = {
        "consolidated.xml": b"""<?xml version="1.0"?>
<sdnList xmlns="http://example.test/x"><publshInformation><Publish_Date>05/06/2024</Publish_Date>
<Record_Count>2</Record_Count></publshInformation>
<sdnEntry><uid>7</uid><lastName>CHINA SAMPLE LTD</lastName><sdnType>Entity</sdnType>
<programList><program>CMIC-EO13959</program></programList>
<idList><id><uid>1</uid><idType>ISIN</idType><idNumber>CNE1000002V2</idNumber></id>
<id><uid>2</uid><idType>Listing Date (CMIC)</idType><idNumber>16 Dec 2021</idNumber></id></idList>
<akaList><aka><uid>3</uid><type>a.k.a.</type><category>weak</category><lastName>CS</lastName></aka>
</akaList><addressList><address><uid>4</uid><country>China</country></address></addressList>
</sdnEntry><sdnEntry><uid>8</uid><firstName>Jane</firstName><lastName>DOE</lastName>
<sdnType>Individual</sdnType><programList><program>NS-PLC</program></programList></sdnEntry>
</sdnList>"""
    }

    def test_the_facts_of_an_entry(self) -> None:
        entry = self.read().entries[0]
        assert (entry.uid, entry.country, entry.listed) == ("7", "CN", date(2021, 12, 16))
        assert entry.codes == (("isin", "CNE1000002V2"),)
        assert entry.names[0].kind is NameKind.WEAK_ALIAS

    def test_another_number_of_entries_than_stated_is_refused(self) -> None:
        raw = self.files["consolidated.xml"].replace(b">2<", b">3<")
        with pytest.raises(InputError, match="2 entries where the document states 3"):
            self.read({"consolidated.xml": raw})

    def test_entities_are_never_resolved(self) -> None:
        raw = self.files["consolidated.xml"].replace(
            b"<sdnList", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><sdnList', 1
        )
        with pytest.raises(InputError, match="declares its own entities"):
            self.read({"consolidated.xml": raw})

    def test_an_unknown_element_and_feature_are_reported(self) -> None:
        raw = self.files["consolidated.xml"].replace(b"<akaList>", b"<news>x</news><akaList>")
        raw = raw.replace(b"<idType>ISIN", b"<idType>Moon Number")
        messages = [f.message for f in self.read({"consolidated.xml": raw}).findings]
        assert any("<news>" in m for m in messages)
        assert any("'Moon Number'" in m for m in messages)


class TestOfacEnhancedXml(FormatSuite):
    format = "ofac-enhanced-xml"
    scope = "ofac-consolidated"
    stated = date(2026, 1, 8)
    names = ("PARENT CO", "CHILD CO")

    @staticmethod
    def entity(key: str, name: str, extra: str = "") -> str:
        return (
            f'<entity id="{key}"><generalInfo><entityType>Entity</entityType></generalInfo>'
            '<sanctionsLists><sanctionsList datePublished="2021-06-03">Non-SDN CMIC List'
            "</sanctionsList></sanctionsLists><sanctionsPrograms><sanctionsProgram>CMIC-EO13959"
            "</sanctionsProgram></sanctionsPrograms><names><name><isPrimary>true</isPrimary>"
            "<isLowQuality>false</isLowQuality><translations><translation><isPrimary>true"
            f"</isPrimary><formattedFullName>{name}</formattedFullName></translation>"
            f"</translations></name></names>{extra}</entity>"
        )

    owns = (
        '<features><feature id="1"><type>Listing Date (CMIC)</type><value>03 Jun 2021</value>'
        "</feature></features><relationships><relationship><type>Owns, controls, or operates"
        '</type><relatedEntity entityId="2">CHILD CO</relatedEntity></relationship></relationships>'
    )
    head = (
        '<sanctionsData xmlns="http://example.test/e"><publicationInfo><dataAsOf>'
        "2026-01-08T00:00:00</dataAsOf><filters><sanctionsLists><sanctionsList>{scope}"
        "</sanctionsList></sanctionsLists></filters></publicationInfo><entities>"
    )

    @property
    def files(self) -> dict[str, bytes]:
        text = self.head.format(scope="Consolidated List") + self.entity("1", *self.pair[0])
        return {"x.xml": (text + self.entity("2", "CHILD CO") + self.tail).encode()}

    tail = "</entities></sanctionsData>"

    @property
    def pair(self) -> list[tuple[str, str]]:
        return [("PARENT CO", self.owns)]

    def test_a_relation_printed_at_its_owner_names_the_parent_of_the_owned(self) -> None:
        parent, child = self.read().entries
        assert (parent.parent, child.parent) == ("", "PARENT CO")
        assert parent.listed == date(2021, 6, 3)

    def test_a_part_of_a_list_is_refused(self) -> None:
        raw = next(iter(self.files.values())).replace(b"Consolidated List", b"CMIC List")
        with pytest.raises(InputError, match="filtered to CMIC List"):
            self.read({"x.xml": raw})


CSL_SOURCE = (
    "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC) - Treasury Department"
)


class TestCslJson(FormatSuite):
    format = "csl-json"
    scope = "csl"
    names = ("CHINA SAMPLE LTD", "Some Export Co.")
    rows: ClassVar = [
        {
            "id": "32091",
            "entity_number": "32091",
            "name": "CHINA SAMPLE LTD",
            "source": CSL_SOURCE,
            "type": "Entity",
            "programs": ["CMIC-EO13959"],
            "alt_names": ["SAMPLE"],
            "addresses": [{"country": "CN"}],
            "ids": [
                {"number": "XS1233275194", "type": "ISIN"},
                {"number": "03 Jun 2021", "type": "Listing Date (CMIC)"},
            ],
        },
        {
            "id": "fabe",
            "name": "Some Export Co.",
            "source": "Entity List (EL) - Bureau of Industry and Security",
            "start_date": "2011-11-21",
            "federal_register_notice": "76 FR 71867",
        },
    ]
    files: ClassVar = {"consolidated.json": json.dumps(rows).encode()}

    def test_dates_come_from_ids_and_from_start_date(self) -> None:
        assert [e.listed for e in self.read().entries] == [date(2021, 6, 3), date(2011, 11, 21)]

    def test_a_stated_total_must_be_met(self) -> None:
        raw = json.dumps({"total": 3, "results": self.rows}).encode()
        with pytest.raises(InputError, match="2 entries where the document states 3"):
            self.read({"a.json": raw})

    def test_an_unknown_field_is_reported(self) -> None:
        raw = json.dumps([{**self.rows[1], "moon": 1}]).encode()
        assert "'moon'" in self.read({"a.json": raw}).findings[0].message


class TestCslCsv(FormatSuite):
    format = "csl-csv"
    scope = "csl"
    names = ("CHINA SAMPLE LTD", "OTHER SAMPLE LTD")
    shows_every_cut = False
    header = (
        "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,"
        "start_date,end_date,standard_order,license_requirement,license_policy,call_sign,"
        "vessel_type,gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,remarks,"
        "source_list_url,alt_names,citizenships,dates_of_birth,nationalities,places_of_birth,"
        "source_information_url,ids\n"
    )
    number_first = (
        "XS1233275194, ISIN; Sample Co., Ltd, Issuer Name; 03 Jun 2021, Listing Date (CMIC)"
    )
    type_first = (
        "ISIN, XS1233275194; Issuer Name, Sample Co., Ltd; Listing Date (CMIC), 03 Jun 2021"
    )
    files: ClassVar = {
        "consolidated.csv": (
            header
            + f'1,"{CSL_SOURCE}",1,Entity,CMIC-EO13959,CHINA SAMPLE LTD,,"1 Road, Beijing, CN"'
            + "," * 14
            + f',"A; B",,,,,,"{number_first}"\n'
            + f'2,"{CSL_SOURCE}",2,Entity,CMIC-EO13959,OTHER SAMPLE LTD,,"1 Road, Beijing, CN"'
            + "," * 14
            + f',"A; B",,,,,,"{type_first}"\n'
        ).encode()
    }

    def test_both_orders_of_ids_say_the_same(self) -> None:
        one, other = self.read().entries
        assert one.codes == other.codes == (("isin", "XS1233275194"),)
        assert one.listed == other.listed == date(2021, 6, 3)
        assert one.names == other.names
        assert {n.text for n in one.names} == {"A", "B", "Sample Co., Ltd"}
        assert one.country == other.country == "CN"


class TestBisCsv(FormatSuite):
    format = "bis-csv"
    scope = "bis"
    names = ("Sample Works", "Other Works")
    shows_every_cut = False
    files: ClassVar = {
        "el.csv": (
            b"Source List,Name,Country,Federal Register Notice,Effective Date,Alternate Name,,\n"
            b"EL,Sample Works,China,84 FR 54004,10/9/2019,SW,,\n"
            b"EL,Sample Works,China,80 FR 1,1/2/2015,Samp,,\n"
            b"EL,Other Works,Russia,85 FR 2,6/5/2020,,,\n"
        )
    }

    def test_rows_of_one_name_are_one_entry_with_the_earliest_date(self) -> None:
        entry = self.read().entries[0]
        assert entry.listed == date(2015, 1, 2)
        assert entry.note == "84 FR 54004; 80 FR 1"
        assert [n.text for n in entry.names] == ["SW", "Samp"]


class TestDodText(FormatSuite):
    format = "dod-1260h-text"
    scope = "dod-1260h"
    names = ("360 Sample Technology Inc.", "Group (Holdings)", "Footnoted Co., Ltd.", "Last Inc.")
    removed = ("Gone Co., Ltd.", "Left Corporation")
    files: ClassVar = {
        "1260h.txt": (
            "Entities Identified as Chinese Military Companies Operating in the United States in\n"
            "Accordance with Section 1260H of the Act1*\n\n"
            "360 Sample Technology Inc. (Sample 360)\n\n"
            "Group (Holdings) (formerly Old Group) (GH)\n\n"
            "1  Footnoted Co., Ltd. was previously identified as and remains a Chinese military\n"
            "company as reported in 89 Fed. Reg. 1.\n\n"
            "\fLast Inc.\n\n* Subsidiaries Listed with Parent Companies\n\n"
            "The Following Previously Listed Entities Did Not Meet the Requirements of\n"
            "Section 1260H.\n\nGone Co., Ltd. (Gone)\n\nLeft Corporation\n"
        ).encode("utf-8-sig")
    }
    shows_every_cut = False  # the last section may be cut between names

    def test_no_cut_before_the_end_of_the_entries_goes_unseen(self) -> None:
        raw = self.files["1260h.txt"]
        for end in range(1, raw.index(b"* Subsidiaries"), 5):
            with pytest.raises(InputError):
                self.read({"1260h.txt": raw[:end]})

    def test_short_and_former_names(self) -> None:
        group = self.read().entries[1]
        assert {(n.text, n.kind) for n in group.names} == {
            ("Old Group", NameKind.FORMER),
            ("GH", NameKind.ALIAS),
        }


class TestOpenSanctionsCsv(FormatSuite):
    format = "opensanctions-csv"
    scope = "opensanctions"
    stated = date(2026, 9, 28)
    names = ("Sample Aviation JSC", "Ivan Sample")
    shows_every_cut = False
    files: ClassVar = {
        "targets.simple.csv": (
            b'"id","schema","name","aliases","birth_date","countries","addresses","identifiers",'
            b'"sanctions","phones","emails","program_ids","dataset","first_seen","last_seen",'
            b'"last_change"\n'
            b'"NK-1","Company","Sample Aviation JSC","SA;Sample","","ru","","HK0941009539;77","x",'
            b'"","","US-X","US OFAC SDN List","2022-02-24T00:00:00","2026-09-28T06:00:00","2026"\n'
            b'"NK-2","Person","Ivan Sample","","1952","ru","","","x","","","","L","2022",'
            b'"2026-09-01","2026"\n'
        )
    }

    def test_days_of_crawling_are_not_days_of_listing(self) -> None:
        entry = self.read().entries[0]
        assert entry.listed is None
        assert entry.codes == (("isin", "HK0941009539"),)
        assert entry.country == "RU"


class TestOpenSanctionsFtm(FormatSuite):
    format = "opensanctions-ftm"
    scope = "opensanctions"
    stated = date(2026, 9, 28)
    names = ("Sample Aviation JSC",)
    shows_every_cut = False
    files: ClassVar = {
        "entities.ftm.json": b"\n".join(
            json.dumps(row).encode()
            for row in (
                {
                    "id": "NK-1",
                    "caption": "Sample Aviation JSC",
                    "schema": "Company",
                    "target": True,
                    "datasets": ["us_ofac_cons"],
                    "last_seen": "2026-09-28T06:00:00",
                    "properties": {
                        "name": ["Sample Aviation JSC"],
                        "previousName": ["Old Aviation"],
                        "leiCode": ["529900T8BM49AURSDO55"],
                        "jurisdiction": ["ru"],
                    },
                },
                {
                    "id": "s-1",
                    "schema": "Security",
                    "properties": {"issuer": ["NK-1"], "isin": ["HK0941009539"]},
                },
                {
                    "id": "sa-1",
                    "schema": "Sanction",
                    "properties": {"entity": ["NK-1"], "listingDate": ["2021-06-03"]},
                },
            )
        )
    }

    def test_sanctions_and_securities_are_joined_to_their_target(self) -> None:
        entry = self.read().entries[0]
        assert (entry.listed, entry.lei) == (date(2021, 6, 3), "529900T8BM49AURSDO55")
        assert entry.codes == (("isin", "HK0941009539"),)
        assert [n.kind for n in entry.names] == [NameKind.FORMER]

    def test_a_target_whose_listings_all_ended_is_kept_and_reported(self) -> None:
        raw = self.files["entities.ftm.json"].replace(
            b'"listingDate"', b'"endDate": ["2026-02-17"], "listingDate"'
        )
        found = self.read({"e.json": raw})
        assert [e.listed for e in found.entries] == [None]
        assert "kept as listed" in found.findings[0].message


class TestPlainCsv(FormatSuite):
    format = "plain-csv"
    scope = "plain"
    names = ("Sample Corp", "Other Corp")
    shows_every_cut = False
    files: ClassVar = {
        "restricted.csv": (
            b"Name,Identifiers,Acts,From,To,Reason\n"
            b"Sample Corp,HK0941009539; 2005973,buy;short,2024-01-01,2024-12-31,Board decision\n"
            b"Other Corp,,,,,Ethics\n"
        )
    }

    def test_identifiers_are_told_apart_by_their_check_digits(self) -> None:
        entry = self.read().entries[0]
        assert entry.codes == (("isin", "HK0941009539"), ("sedol", "2005973"))
        assert (entry.acts, entry.until) == (("buy", "short"), date(2024, 12, 31))

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            (b"Name,Moon\nA,1\n", "unknown column 'moon'"),
            (b"Name,From\nA,31.12.24\n", "is not a date"),
            (b"Name,From,To\nA,2024-02-01,2024-01-01\n", "before 'from'"),
            (b"Name,Reason\n,x\n", "no name"),
        ],
    )
    def test_what_cannot_be_taken_at_its_word_is_refused(self, raw: bytes, why: str) -> None:
        with pytest.raises(InputError, match=why):
            self.read({"r.csv": raw})

    def test_an_identifier_of_no_scheme_is_reported(self) -> None:
        found = self.read({"r.csv": b"Name,Identifiers\nA,HK0941009530\n"})
        assert [f.code for f in found.findings] == ["W703"]


@pytest.mark.parametrize(
    "raw",
    [
        b"[1]",
        b'{"results": 3}',
        b'[{"name": "a", "source": "b", "ids": 3}]',
        b'[{"name": "a", "source": "b", "addresses": [1]}]',
        b'[{"name": "", "source": "b"}]',
        b'{"id": 1, "schema": "Company", "target": true, "properties": {}}',
        b'{"id": "1", "schema": [], "target": true, "properties": {}}',
        b'{"id": "1", "schema": "Company", "target": true, "properties": {"name": 1}}',
        b"[" * 100_000,
    ],
)
def test_json_of_another_shape_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        read_publication({"a.json": raw})


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["x.csv", "x.xml", "x.json", "cons_prim.csv", "sdn.csv", "x"]),
    st.sampled_from([b"", b"<", b"[", b"{", b"name,", b"_id,source,entity_number,name\n", b"[{"]),
    st.binary(max_size=200),
)
def test_arbitrary_bytes_are_read_or_refused_in_one_line(
    name: str, head: bytes, tail: bytes
) -> None:
    message, found = "", None
    try:
        found = read_publication({name: head + tail})
    except InputError as error:
        message = str(error)
    assert bool(message) is not bool(found and found.entries)
    assert "\n" not in message

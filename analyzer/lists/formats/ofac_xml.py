"""OFAC's XML: the legacy `sdnList` document and the enhanced `sanctionsData` document."""

from lxml import etree

from analyzer.core.entities import EntityName, NameKind
from analyzer.core.errors import InputError
from analyzer.lists.formats.ofac import Draft, alias_kind, country_code, joined_name
from analyzer.lists.formats.publication import Entry, Oddities, Publication, read_date, surplus
from analyzer.lists.formats.safexml import (
    child,
    children,
    line_of,
    local,
    names_below,
    parse_xml,
    text,
)

_LEGACY_PARTS = (
    *("uid", "firstName", "lastName", "sdnType", "title", "remarks", "programList", "idList"),
    *("akaList", "addressList", "nationalityList", "citizenshipList", "dateOfBirthList"),
    *("placeOfBirthList", "vesselInfo"),
)
_ENHANCED_PARTS = (
    *("generalInfo", "sanctionsLists", "sanctionsPrograms", "sanctionsTypes", "legalAuthorities"),
    *("names", "addresses", "features", "identityDocuments", "relationships"),
)
_ROOT_PARTS = ("publicationInfo", "referenceValues", "featureTypes", "entities")
_KINDS = {
    "Entity": "entity",
    "Individual": "individual",
    "Vessel": "vessel",
    "Aircraft": "aircraft",
}
# Programs whose names stand on OFAC's consolidated list; an SDN document holds none by itself.
_CONSOLIDATED = frozenset({"NS-PLC", "UKRAINE-EO13662", "CMIC-EO13959", "561-Related", "561List"})
_SDN_SIZE = 3000
_SCOPES = {"Consolidated List": "ofac-consolidated", "SDN List": "ofac-sdn"}


def read(name: str, raw: bytes) -> Publication:
    """Read either XML format, told apart by its root element.

    Raises
    ------
    InputError
        If the document is not whole, is another document, or holds another number of entries than
        it states.
    """
    root = parse_xml(raw, name)
    if local(root) == "sdnList":
        return _legacy(name, root)
    if local(root) == "sanctionsData":
        return _enhanced(name, root)
    raise InputError(f"{name}: the root element is <{local(root)}>, which is no list of OFAC's")


def _kind(word: str, odd: Oddities) -> str:
    if word not in _KINDS:
        odd.note("W702", f"kind of entry {word!r} is not understood")
    return _KINDS.get(word, "entity")


def _parts(node: etree._Element, known: tuple[str, ...], odd: Oddities) -> None:
    for word in surplus(names_below(node), known):
        odd.note("W702", f"element <{word}> is not understood", line_of(node))


# -- the legacy document -------------------------------------------------------------------------


def _legacy(name: str, root: etree._Element) -> Publication:
    odd = Oddities(name)
    head = child(root, "publshInformation")
    stated, published = text(head, "Record_Count"), read_date(text(head, "Publish_Date"))
    nodes = children(root, "sdnEntry")
    if not stated.isdigit() or published is None:
        raise InputError(f"{name}: the document does not state its date and number of entries")
    if int(stated) != len(nodes):
        raise InputError(f"{name}: {len(nodes)} entries where the document states {stated}")
    _parts(root, ("publshInformation", "sdnEntry"), odd)
    entries = tuple(_legacy_entry(node, odd) for node in nodes)
    tags = {tag for entry in entries for tag in entry.tags}
    consolidated = bool(tags & _CONSOLIDATED) and len(entries) < _SDN_SIZE
    scope = "ofac-consolidated" if consolidated else "ofac-sdn"
    return Publication("ofac-xml", scope, published, entries, findings=odd.findings())


def _legacy_entry(node: etree._Element, odd: Oddities) -> Entry:
    _parts(node, _LEGACY_PARTS, odd)
    draft = Draft(
        uid=_key(text(node, "uid"), odd, node),
        name=joined_name((text(node, "lastName"), text(node, "firstName"))),
        kind=_kind(text(node, "sdnType"), odd),
        line=line_of(node),
    )
    draft.tags.update(text(p) for p in children(child(node, "programList"), "program"))
    for aka in children(child(node, "akaList"), "aka"):
        printed = joined_name((text(aka, "lastName"), text(aka, "firstName")))
        _alias(draft, printed, text(aka, "type"), text(aka, "category") == "weak", odd)
    draft.remarks(text(node, "remarks"), odd)
    for item in children(child(node, "idList"), "id"):
        draft.feature(text(item, "idType"), text(item, "idNumber"), odd)
    for address in children(child(node, "addressList"), "address"):
        draft.country = draft.country or country_code(text(address, "country"))
    return draft.entry()


def _key(uid: str, odd: Oddities, node: etree._Element) -> str:
    if not uid.isdigit():
        raise InputError(f"{odd.file}:{line_of(node)}: {uid!r} is not an OFAC key")
    return uid


def _alias(draft: Draft, printed: str, word: str, weak: bool, odd: Oddities) -> None:
    kind = alias_kind(word, weak=weak)
    if kind is None:
        odd.note("W702", f"kind of name {word!r} is not understood", draft.line)
    else:
        draft.names.append(EntityName(printed, kind))


# -- the enhanced document -----------------------------------------------------------------------


def _enhanced(name: str, root: etree._Element) -> Publication:
    odd = Oddities(name)
    info = child(root, "publicationInfo")
    published = read_date(text(info, "dataAsOf")[:10])
    if published is None:
        raise InputError(f"{name}: the document does not state the day of its data")
    _parts(root, _ROOT_PARTS, odd)
    filters = child(child(info, "filters"), "sanctionsLists")
    lists = [text(item) for item in children(filters, "sanctionsList")]
    nodes = children(child(root, "entities"), "entity")
    if not nodes:
        raise InputError(f"{name}: the document has no entries")
    iso = {
        node.get("refId", ""): text(node, "isoCode")
        for node in children(child(root, "referenceValues"), "referenceValue")
    }
    drafts = [_enhanced_entry(node, iso, odd) for node in nodes]
    _owners(drafts, nodes)
    entries = tuple(draft.entry() for draft in drafts)
    scope = _SCOPES.get("; ".join(lists))
    if scope is None:
        raise InputError(
            f"{name}: the document is filtered to {', '.join(lists) or 'nothing stated'}; the whole"
            " SDN List or Consolidated List is expected"
        )
    return Publication("ofac-enhanced-xml", scope, published, entries, findings=odd.findings())


def _enhanced_entry(node: etree._Element, iso: dict[str, str], odd: Oddities) -> Draft:
    _parts(node, _ENHANCED_PARTS, odd)
    draft = Draft(
        uid=_key(node.get("id", ""), odd, node),
        name="",
        kind=_kind(text(node, "generalInfo", "entityType"), odd),
        line=line_of(node),
    )
    programs = children(child(node, "sanctionsPrograms"), "sanctionsProgram")
    draft.tags.update(text(program) for program in programs)
    for item in children(child(node, "sanctionsLists"), "sanctionsList"):
        draft.tags.add(text(item))
        published = read_date(item.get("datePublished", ""))
        if published is not None:
            draft.dates[text(item)] = published
    for name in children(child(node, "names"), "name"):
        _enhanced_name(draft, name, odd)
    if not draft.name:
        raise InputError(f"{odd.file}:{line_of(node)}: entry {draft.uid} has no primary name")
    draft.remarks(text(node, "generalInfo", "remarks"), odd)
    for feature in children(child(node, "features"), "feature"):
        draft.feature(text(feature, "type"), text(feature, "value"), odd)
    for document in children(child(node, "identityDocuments"), "identityDocument"):
        draft.feature(text(document, "type"), text(document, "documentNumber"), odd)
    for address in children(child(node, "addresses"), "address"):
        country = child(address, "country")
        if country is not None and not draft.country:
            draft.country = iso.get(country.get("refId", ""), "")
    return draft


def _owners(drafts: list[Draft], nodes: list[etree._Element]) -> None:
    """Set parents from relations, which OFAC prints with either end of them."""
    by_name = {draft.name: draft for draft in drafts}
    for draft, node in zip(drafts, nodes, strict=True):
        for relation in children(child(node, "relationships"), "relationship"):
            other = text(relation, "relatedEntity")
            if text(relation, "type") == "Owned or Controlled By":
                draft.parent = draft.parent or other
            elif text(relation, "type") == "Owns, controls, or operates" and other in by_name:
                by_name[other].parent = by_name[other].parent or draft.name


def _enhanced_name(draft: Draft, name: etree._Element, odd: Oddities) -> None:
    primary = text(name, "isPrimary") == "true"
    weak = text(name, "isLowQuality") == "true"
    for translation in children(child(name, "translations"), "translation"):
        printed = text(translation, "formattedFullName")
        if primary and text(translation, "isPrimary") == "true":
            draft.name = printed
        elif primary:
            draft.names.append(EntityName(printed, NameKind.ALIAS))
        else:
            _alias(draft, printed, text(name, "aliasType"), weak, odd)

"""Invented names of people and companies that are plausible in the five countries, composed from parts."""

from random import Random
from typing import Final, NamedTuple


class Parts(NamedTuple):
    """The parts of names of one country."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    places: tuple[str, ...]
    ends: tuple[str, ...]
    trades: tuple[str, ...]
    legal: tuple[str, ...]
    offices: tuple[str, ...]


PARTS: Final = {
    "DE": Parts(
        ("Anneke", "Björn", "Dörte", "Jürgen", "Käthe", "Lutz", "Mareike", "Sören", "Tilda", "Veit"),
        ("Ahlgrün", "Bärwinkel", "Dornhöfer", "Grünspan", "Kießlack", "Möhlbrink", "Rüßmeyer", "Tannhöft"),
        ("Ahorn", "Birken", "Bärlauch", "Eulen", "Föhren", "Hügel", "Kranich", "Möwen", "Schlehen", "Weiß"),
        ("bach", "berg", "blick", "brück", "feld", "grund", "hain", "höhe", "moor", "wiese"),
        (
            "Bäckerei",
            "Druckerei",
            "Elektrotechnik",
            "Fahrräder",
            "Gartenbau",
            "Gerüstbau",
            "Logistik",
            "Möbel",
            "Optik",
        ),
        ("GmbH", "KG", "UG", "e. K."),
        ("Steuerkanzlei", "Buchhaltung", "Lohnbüro"),
    ),
    "DK": Parts(
        ("Astrid", "Bjarke", "Freja", "Jørgen", "Kåre", "Maja", "Sørine", "Troels", "Æskild", "Øjvind"),
        ("Bækgård", "Dalsø", "Fjeldskov", "Højrup", "Kløvborg", "Mølgård", "Søndervang", "Tårnby", "Ålbæk"),
        ("Ager", "Birke", "Bøge", "Eng", "Fjord", "Grøn", "Hav", "Lærke", "Sø", "Ås"),
        ("bjerg", "bro", "gård", "holt", "høj", "lund", "mark", "næs", "skov", "vang"),
        ("Bageri", "Bådebyggeri", "Cykler", "Frø", "Keramik", "Møbler", "Snedkeri", "Tømrer", "Uld"),
        ("ApS", "A/S", "I/S"),
        ("Revision", "Bogføring", "Lønservice"),
    ),
    "CH": Parts(
        ("Beat", "Claudine", "Gian", "Käthi", "Lürlibad", "Meret", "Reto", "Seraina", "Urs", "Zoé"),
        ("Aebischwyl", "Bürgisser", "Caviezel", "Gämperli", "Hürlistein", "Nägelin", "Rüttenau", "Zwyssel"),
        ("Alpen", "Arven", "Gletscher", "Gämsen", "Jura", "Murmel", "Rhône", "Silber", "Steinbock", "Täler"),
        ("bühl", "egg", "firn", "fluh", "horn", "matt", "ried", "stein", "tobel", "wil"),
        ("Apparatebau", "Käserei", "Holzbau", "Hotel", "Messtechnik", "Sägerei", "Schreinerei", "Uhren", "Weinbau"),
        ("AG", "GmbH", "Sàrl"),
        ("Treuhand", "Finanzen", "Lohnwesen"),
    ),
    "ES": Parts(
        ("Álvaro", "Begoña", "Íñigo", "Lucía", "Martín", "Núria", "Óscar", "Rocío", "Simón", "Úrsula"),
        ("Albañez", "Cabruña", "Fontedeira", "Güemérez", "Ibarrúa", "Muñozar", "Peñasol", "Quirós del Río"),
        ("Agua", "Cañada", "Encina", "Faro", "Jazmín", "Luna", "Monte", "Olivo", "Peña", "Río"),
        ("alta", "blanca", "clara", "dulce", "fría", "mansa", "nueva", "roja", "serena", "viva"),
        ("Aceites", "Azulejos", "Bodegas", "Cerámica", "Conservas", "Diseño", "Panadería", "Talleres", "Viñedos"),
        ("S.L.", "S.A.", "S.Coop."),
        ("Asesoría", "Gestoría", "Contabilidad"),
    ),
    "SE": Parts(
        ("Åsa", "Bengt", "Ebba", "Göran", "Ingrid", "Jörgen", "Lovisa", "Märta", "Östen", "Sixten"),
        ("Ängsmark", "Björkefall", "Dalstråle", "Häggström", "Kråkesjö", "Lövhult", "Nyåker", "Sjödunge", "Öhrnfeldt"),
        ("Björk", "Fjäll", "Gran", "Hägg", "Lingon", "Måne", "Rönn", "Sjö", "Skog", "Älv"),
        ("backa", "berga", "bro", "dal", "gläntan", "hult", "lycka", "sund", "torp", "ås"),
        ("Bageri", "Bygg", "Cyklar", "Glasbruk", "Järn", "Kaffe", "Målare", "Möbler", "Snickeri", "Ull"),
        ("AB", "HB", "Ek. för."),
        ("Redovisning", "Ekonomi", "Lönebyrå"),
    ),
}


def company(random: Random, country: str) -> str:
    """A client's name: place, trade and legal form."""
    parts = PARTS[country]
    where = f"{random.choice(parts.places)}{random.choice(parts.ends)}"
    return f"{where} {random.choice(parts.trades)} {random.choice(parts.legal)}"


def office(random: Random, country: str) -> str:
    """A firm's name: two family names and the trade."""
    parts = PARTS[country]
    return f"{random.choice(parts.family)} & {random.choice(parts.family)} {random.choice(parts.offices)}"


def person(random: Random, country: str) -> str:
    parts = PARTS[country]
    return f"{random.choice(parts.given)} {random.choice(parts.family)}"

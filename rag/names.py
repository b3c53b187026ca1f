"""Names that are written in several ways: countries with their adjectives and peoples, organisations with their letters.

A question about 'de Amerikanen' is about the paper's 'VS'. Each line is one name; regular endings ('Nederlanders')
need no entry, since `rag.declining` matches on the beginning of a word. General knowledge, tuned to no paper.
"""

from functools import cache

from index.words import term, words

GROUPS = """
VS, US, USA, Verenigde Staten, United States, Amerika, Amerikaans, Amerikanen, America, American, Washington
VK, UK, Verenigd Koninkrijk, United Kingdom, Groot-Brittannië, Brits, Britten, Engeland, Engels, British, Londen, London
EU, Europese Unie, European Union, Europa, Europees, Europe, European
VN, UN, UNO, Verenigde Naties, United Nations
NAVO, NATO
Nederland, Nederlands, Nederlanders, Netherlands, Dutch
België, Belgisch, Belgen, Belgium, Belgian
Duitsland, Duits, Duitsers, Germany, German
Frankrijk, Frans, Fransen, France, French
Spanje, Spaans, Spanjaarden, Spain, Spanish
Italië, Italiaans, Italianen, Italy, Italian
Denemarken, Deens, Denen, Denmark, Danish
Zweden, Zweeds, Sweden, Swedish
Noorwegen, Noors, Noren, Norway, Norwegian
Polen, Pools, Poland, Polish
Rusland, Russisch, Russen, Russia, Russian, Moskou, Kremlin
Oekraïne, Oekraïens, Oekraïners, Ukraine, Ukrainian, Kiev
Turkije, Turks, Turken, Turkey, Turkish
Griekenland, Grieks, Grieken, Greece, Greek
Hongarije, Hongaars, Hongaren, Hungary
Roemenië, Roemeens, Romania
Zwitserland, Zwitsers, Switzerland
Oostenrijk, Oostenrijks, Austria
Portugal, Portugees, Portugezen
Ierland, Iers, Ieren, Ireland, Irish
Irak, Iraaks, Irakees, Irakezen, Iraq, Iraqi
Iran, Iraans, Iraniërs, Iranian, Teheran
Israël, Israëlisch, Israëliërs, Israel, Israeli
Palestina, Palestijns, Palestijnen, Palestinian
Syrië, Syrisch, Syriërs, Syria, Syrian
Libanon, Libanees, Libanezen, Lebanon
Jordanië, Jordaans, Jordaniërs, Jordan
Jemen, Jemenitisch, Jemenieten, Yemen
Saoedi-Arabië, Saoedisch, Saoedi's, Saudi
Egypte, Egyptisch, Egyptenaren, Egypt
Libië, Libisch, Libiërs, Libya
Marokko, Marokkaans, Marokkanen, Morocco
Afghanistan, Afghaans, Afghanen, Afghan, Kaboel
Pakistan, Pakistaans
India, Indiaas, Indiërs
China, Chinees, Chinezen, Chinese, Peking
Japan, Japans, Japanse
Koerdistan, Koerdisch, Koerden, Kurdish, Kurds
Mali, Malinees
Soedan, Soedanees, Sudan
Somalië, Somalisch, Somalia
Ethiopië, Ethiopisch
Zuid-Afrika, Zuid-Afrikaans
Venezuela, Venezolaans
Brazilië, Braziliaans, Brazil
Suriname, Surinaams
Canada, Canadees, Canadezen
Australië, Australisch
Bagdad, Baghdad
ISIS, IS, ISIL, Daesh
Tweede Kamer, Kamer, parlement, parliament
JCPOA, atoomakkoord, nucleair akkoord, atoomdeal, nuclear deal
IAEA, atoomagentschap, Internationaal Atoomenergie Agentschap
"""


GENERAL = frozenset("verenigde united staten states koninkrijk kingdom naties nations unie union tweede internationaal deal".split())


@cache
def other_names() -> dict[str, frozenset[str]]:
    """Term -> the terms of the other ways to write that name."""
    lines = [line.split(",") for line in GROUPS.strip().splitlines()]
    groups = [frozenset(term(word) for name in names for word in words(name) if word not in GENERAL) for names in lines]
    return {each: group for group in groups for each in group}

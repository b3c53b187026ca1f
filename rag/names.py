"""Names that are written in several ways: countries with adjectives, peoples and capitals, organisations with their letters.

A question about 'de Amerikanen' or 'Washington' is about the paper's 'VS'. Each line is one name; regular endings ('Nederlanders')
need no entry, since `rag.declining` matches on the beginning of a word. General knowledge, tuned to no paper.
"""

from collections import defaultdict
from functools import cache

from index.words import term, words

GROUPS = """
VS, US, USA, Verenigde Staten, United States, Amerika, Amerikaans, Amerikanen, America, American, Washington
VK, UK, Verenigd Koninkrijk, United Kingdom, Groot-Brittannië, Brits, Britten, Engeland, Engels, British, Londen, London
EU, Europese Unie, European Union, Europa, Europees, Europe, European, Brussel, Brussels
VN, UN, UNO, Verenigde Naties, United Nations
NAVO, NATO
Nederland, Nederlands, Nederlanders, Netherlands, Dutch, Haag, Haags, Hague
België, Belgisch, Belgen, Belgium, Belgian, Brussel, Brussels
Duitsland, Duits, Duitsers, Germany, German, Berlijn, Berlin, Bonn
Frankrijk, Frans, Fransen, France, French, Parijs, Paris
Spanje, Spaans, Spanjaarden, Spain, Spanish, Madrid
Italië, Italiaans, Italianen, Italy, Italian, Rome
Denemarken, Deens, Denen, Denmark, Danish, Kopenhagen
Zweden, Zweeds, Sweden, Swedish, Stockholm
Finland, Fins, Finnen, Finnish, Helsinki
Noorwegen, Noors, Noren, Norway, Norwegian, Oslo
Polen, Pools, Poland, Polish, Warschau
Tsjechië, Tsjechisch, Tsjechen, Czech, Praag
Estland, Ests, Esten, Estonia, Tallinn
Letland, Lets, Letten, Latvia, Riga
Litouwen, Litouws, Litouwers, Lithuania, Vilnius
Rusland, Russisch, Russen, Russia, Russian, Moskou, Kremlin
Oekraïne, Oekraïens, Oekraïners, Ukraine, Ukrainian, Kiev, Kyiv
Georgië, Georgisch, Georgiërs, Georgia, Tbilisi
Armenië, Armeens, Armeniërs, Armenia, Jerevan
Azerbeidzjan, Azerbeidzjaans, Bakoe
Turkije, Turks, Turken, Turkey, Turkish, Ankara
Griekenland, Grieks, Grieken, Greece, Greek, Athene
Hongarije, Hongaars, Hongaren, Hungary, Boedapest
Roemenië, Roemeens, Roemenen, Romania, Boekarest
Bulgarije, Bulgaars, Bulgaren, Bulgaria, Sofia
Servië, Servisch, Serviërs, Serven, Serbia, Belgrado
Kosovo, Kosovaars, Kosovaren, Pristina
Zwitserland, Zwitsers, Switzerland, Bern
Oostenrijk, Oostenrijks, Oostenrijkers, Austria, Wenen
Portugal, Portugees, Portugezen, Lissabon
Ierland, Iers, Ieren, Ireland, Irish, Dublin
Irak, Iraaks, Irakees, Irakezen, Iraq, Iraqi
Iran, Iraans, Iraniërs, Iranian, Teheran
Israël, Israëlisch, Israëliërs, Israel, Israeli, Jeruzalem
Palestina, Palestijns, Palestijnen, Palestinian
Syrië, Syrisch, Syriërs, Syria, Syrian, Damascus
Libanon, Libanees, Libanezen, Lebanon, Beiroet
Jordanië, Jordaans, Jordaniërs, Jordan, Amman
Jemen, Jemenitisch, Jemenieten, Yemen, Sanaa
Saoedi-Arabië, Saoedisch, Saoedi's, Saudi, Riyad
Egypte, Egyptisch, Egyptenaren, Egypt, Caïro
Libië, Libisch, Libiërs, Libya, Tripoli
Marokko, Marokkaans, Marokkanen, Morocco, Rabat
Afghanistan, Afghaans, Afghanen, Afghan, Kaboel
Pakistan, Pakistaans, Pakistani, Islamabad
India, Indiaas, Indiërs, Delhi
China, Chinees, Chinezen, Chinese, Peking, Beijing
Japan, Japans, Japanse, Japanners, Tokio
Koerdistan, Koerdisch, Koerden, Kurdish, Kurds
Mali, Malinees, Malinezen, Bamako
Niger, Nigerees, Nigerezen, Niamey
Kenia, Keniaans, Kenianen, Nairobi
Oeganda, Oegandees, Oegandezen, Kampala
Rwanda, Rwandees, Rwandezen, Kigali
Senegal, Senegalees, Senegalezen, Dakar
Soedan, Soedanees, Soedanezen, Sudan, Khartoem
Somalië, Somalisch, Somaliërs, Somalia, Mogadishu
Ethiopië, Ethiopisch
Zuid-Afrika, Zuid-Afrikaans
Venezuela, Venezolaans, Venezolanen, Caracas
Brazilië, Braziliaans, Brazil
Suriname, Surinaams, Surinamers, Paramaribo
Canada, Canadees, Canadezen, Ottawa
Australië, Australisch, Australiërs, Canberra
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
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for group in groups:
        for each in group:
            found[each] |= group  # 'Brussel' may be Belgium or the Union
    return dict(found)

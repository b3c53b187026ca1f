"""Words that a question and a paper may use for the same thing, in the register of parliament.

Each line is one meaning. General Dutch, and the English of those who ask in English; tuned to no paper. Names of
countries and organisations are in `rag.names`.
"""

from collections import defaultdict
from functools import cache

from index.words import term

GROUPS = """
militairen soldaten soldaat troepen krijgsmacht leger manschappen man mannen jongens soldiers troops military
kabinet regering bewindslieden government cabinet
minister bewindspersoon ministers
stopgezet stilgelegd opgeschort gestaakt gestopt beëindigd stilgevallen stilliggen opschorten stilleggen staken stoppen stop suspended stopped halted
hervat hervatten herstart weer opnieuw doorgaan resume resumed
vooraf tevoren voren eerder advance beforehand
ingelicht geïnformeerd informeren inlichten gewaarschuwd op hoogte medegedeeld informed notified
uitleg toelichting opheldering verklaring explanation clarification
aanval aanslag raketaanval bombardement actie attack strike
gedood omgekomen overleden vermoord leven dood gebracht liquidatie killed death died
bevelhebber commandant leider aanvoerder generaal hoofd chef commander leader
trainen training opleiden opleiding trainingen instructie lessen train trainers
besluit besloot beslissing besluiten beslist decided decision
bijdrage bijdragen inzet leveren levert deelnemen deelname meedoen doet contribute contribution
missie operatie mission
motie resolutie voorstel motion resolution
bindend verplicht verplichting gehouden uitvoeren binding
akkoord overeenkomst deal verdrag afspraak agreement treaty
opzeggen opgezegd uitstappen uitgestapt verlaten terugtrekken stappen withdraw withdrawn leave
zorgen bezorgd zorgelijk verontrust ongerust zorg concerned worried concerns
veroordelen afkeuren veroordeelt afgekeurd condemn condemns
steunen ondersteunen steun support
vergadering overleg bijeenkomst raad top beraad meeting council
bijeengeroepen opgeroepen georganiseerd convened called
bijwonen aanwezig gaat meedoen attend
schip fregat marineschip boot frigate ship
vertrek vertrekken vertrekt afreis departure
verwachten verwachting voorzien expect expected
reactie wraak vergelding wreken represaille antwoord response retaliation revenge
stad plaats gemeente city town
kosten kost uitgaven bedrag geld budget cost costs
reden oorzaak aanleiding reason cause
veiligheid veilig beveiliging safety security
maatregel maatregelen stappen measures
toegezegd beloofd toezegging belofte promised promise
ondertekend getekend ondertekenen handtekening signed
brief kamerbrief schrijven stuk letter
deskundige deskundigen expert experts specialist
mensen personen personeel medewerkers functionarissen people staff
hoofdkwartier hoofdkantoor basis headquarters
volgen monitoren gaten bijhouden monitor
belangrijk belang essentieel cruciaal prioriteit important priority
onduidelijk onzeker onbekend unclear uncertain
gesprek gesproken contact spreken praten bespreken bespreking talk talks discuss discussed
uitgesteld uitstel verschoven vertraagd vertraging postponed delayed
uitnodigen uitgenodigd uitnodiging invite invited invitation
toezicht controle inspectie inspecties supervision
onderzoek onderzocht onderzoeken investigation
verlengen verlenging verlengd langer extend extension
verhogen verhoging meer extra stijgen toename increase
verlagen verlaging minder dalen afname decrease
sluiten sluiting dicht gesloten close closed closure
school scholen onderwijs
ziekenhuis ziekenhuizen zorg
boete straf sanctie sancties fine sanction sanctions
woningen huizen woning huis houses homes
boeren agrariërs landbouwers farmers
burgers inwoners bewoners citizens residents
bedrijf bedrijven onderneming ondernemingen company companies
werknemers arbeiders personeel employees workers
gevaar dreiging risico gevaarlijk threat danger risk
hulp assistentie bijstand steunverlening assisteren help aid
einde eindigt afloop aflopen afgelopen ends end
begin begint start gestart beginnen starten
terugkeer teruggekeerd terugkeren terug return returned
voorwaarde voorwaarden eis eisen condition conditions
"""


@cache
def _groups() -> dict[str, frozenset[str]]:
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for line in GROUPS.strip().splitlines():
        group = frozenset(term(word) for word in line.split())
        for each in group:
            found[each] |= group
    return dict(found)


def alternatives(each: str) -> frozenset[str]:
    """The terms that may stand for this term; empty where none are known."""
    return _groups().get(each, frozenset())

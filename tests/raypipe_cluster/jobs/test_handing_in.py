"""A runner's records reach whoever takes them, all and in order, and stop nobody."""

import json
import logging
import threading

import pytest

from raypipe.errors import InputError
from raypipe.logs import log_fields
from raypipe_cluster.jobs.errors import StoreUnavailableError
from raypipe_cluster.jobs.handing_in import RecordsOfJob

ABOUT = {"job_id": "fox.1", "story_id": "fox", "attempt": 2}
logger = logging.getLogger("raypipe_actors.tests")


class Desk:
    """Takes lines, once what it is told to raise before is used up."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.said = []
        self.asked = threading.Event()

    def take(self, lines):
        error = self.errors.pop(0) if self.errors else None
        self.asked.set()
        if error is not None:
            raise error
        self.said += [json.loads(line) for line in lines]

    @property
    def messages(self):
        return [line["message"] for line in self.said]


def test_all_records_of_the_block_are_handed_in_with_what_they_belong_to():
    desk, level = Desk(), logging.getLogger("raypipe").level
    with RecordsOfJob(ABOUT, desk.take):
        with log_fields(scene_id="scene_02", job_id="fox.1"):
            logger.info("in a scene", extra={"left": 3})
        thread = threading.Thread(target=lambda: logger.warning("of a thread"))
        thread.start()
        thread.join()
        logger.debug("too much")
        logging.getLogger("other").warning("of another package")
    logger.warning("after the block")
    assert desk.messages == ["in a scene", "of a thread"]
    assert desk.said[0].items() >= {**ABOUT, "scene_id": "scene_02", "left": 3}.items()
    assert desk.said[1].items() >= ABOUT.items()
    assert logging.getLogger("raypipe").level == level


def test_lines_come_while_the_work_goes_on():
    desk = Desk()
    with RecordsOfJob(ABOUT, desk.take, every_s=0.001):
        logger.info("early")
        assert desk.asked.wait(10)


def test_what_nobody_took_is_handed_in_later_and_in_order():
    desk = Desk(StoreUnavailableError("away"))
    with RecordsOfJob(ABOUT, desk.take, every_s=0.001):
        logger.info("first")
        assert desk.asked.wait(10)
        logger.info("second")
    assert desk.messages == ["first", "second"]


def test_what_is_refused_is_not_handed_in_again():
    desk = Desk(InputError("no such job"))
    with RecordsOfJob(ABOUT, desk.take, every_s=0.001):
        logger.info("first")
        assert desk.asked.wait(10)
        logger.info("second")
    assert desk.messages == ["second"]


def test_too_many_records_are_counted_not_kept():
    desk = Desk()
    with RecordsOfJob(ABOUT, desk.take, every_s=60, most=3):
        for number in range(10):
            logger.info("record %d", number)
    assert desk.messages[:3] == ["record 0", "record 1", "record 2"]
    assert "7 records were left out" in desk.messages[3]
    assert desk.said[3]["job_id"] == "fox.1"


def test_an_error_of_the_work_is_not_hidden():
    desk = Desk()

    def work():
        with RecordsOfJob(ABOUT, desk.take):
            logger.info("before")
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        work()
    assert desk.messages == ["before"]

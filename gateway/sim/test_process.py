from gateway.sim.process import Process


def test_lines_of_all_lives_are_kept_and_a_kill_loses_none_written() -> None:
    with Process("cat", ["cat"]) as cat:
        cat.say('{"ev": "first"}')
        assert cat.lines.wait(lambda line: True, 5).event() == {"ev": "first"}
        cat.freeze()
        cat.thaw()
        cat.kill()
        assert not cat.running
        cat.start()
        cat.say("second")
        assert cat.lines.wait(lambda line: line.text == "second", 5).event() == {}
    assert cat.lives == 2
    assert cat.tail().endswith("second")

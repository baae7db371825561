package io.github.loopthread.test;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopThread;
import io.github.loopthread.OpenWork;

/**
 * A loop that tests use at the moment, several of them at the same time perhaps.
 */
final class TestedLoop {

	private static final Map<LoopThread, TestedLoop> ALL = new ConcurrentHashMap<>();

	private final Set<OpenWork> known;

	private final Set<String> tests = new LinkedHashSet<>();

	private int running;

	private TestedLoop(Set<OpenWork> known) {
		this.known = known;
	}

	static void begin(LoopThread loop, String test) {
		ALL.compute(loop, (key, present) -> {
			TestedLoop tested = (present != null) ? present : new TestedLoop(loop.openWork());
			tested.tests.add(test);
			tested.running++;
			return tested;
		});
	}

	/**
	 * End a test that has begun.
	 * @param last called if no other test uses the loop, with what was open before the
	 * first and the names of all
	 */
	static void end(LoopThread loop, BiConsumer<Set<OpenWork>, Set<String>> last) {
		@Nullable TestedLoop[] ended = new @Nullable TestedLoop[1];
		ALL.computeIfPresent(loop, (key, tested) -> {
			tested.running--;
			ended[0] = (tested.running == 0) ? tested : null;
			return (tested.running == 0) ? null : tested;
		});
		TestedLoop lastOfLoop = ended[0];
		if (lastOfLoop != null) {
			last.accept(lastOfLoop.known, lastOfLoop.tests);
		}
	}

}

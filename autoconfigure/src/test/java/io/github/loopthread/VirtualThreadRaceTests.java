package io.github.loopthread;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * The races of callers on virtual threads.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
@DisplayName("Q3 races of callers on virtual threads")
class VirtualThreadRaceTests extends RaceTests {

	@Override
	Thread newCaller(Runnable call) {
		return new VirtualThreadTaskExecutor("caller-").getVirtualThreadFactory().newThread(call);
	}

}

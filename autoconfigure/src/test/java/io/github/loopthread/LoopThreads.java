package io.github.loopthread;

import java.time.Duration;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The threads that loops of a name have at the moment.
 */
public final class LoopThreads {

	private LoopThreads() {
	}

	/**
	 * The thread that carries out a stop outlives it by its last statement, hence the
	 * wait.
	 */
	public static void assertNone(String loopName) {
		await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(alive(loopName)).isEmpty());
	}

	public static List<String> alive(String loopName) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith(loopName + "-"))
			.sorted()
			.toList();
	}

}

package io.github.loopthread;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OpeningPlace}.
 */
@Timeout(60)
class OpeningPlaceTests {

	@Test
	void namesCallerAndItsCallersOnLinesOfTheirOwn() {
		String[] lines = helper(20).toString().split("\n");
		assertThat(lines).hasSize(6);
		assertThat(lines[0]).isEmpty();
		assertThat(lines[1]).startsWith("\tat ")
			.contains("io.github.loopthread.OpeningPlaceTests.helper(OpeningPlaceTests.java:");
		assertThat(lines[5]).startsWith("\tat ").contains(".helper(OpeningPlaceTests.java:");
	}

	@Test
	void hasFewerFramesWhereThereAreNoMore() throws Exception {
		String[] place = new String[1];
		Thread thread = new Thread(() -> place[0] = OpeningPlace.here().toString());
		thread.start();
		thread.join(20_000);
		assertThat(place[0].lines().skip(1)).hasSize(2).last().asString().contains("java.lang.Thread.run");
	}

	private static OpeningPlace helper(int depth) {
		return (depth == 0) ? OpeningPlace.here() : helper(depth - 1);
	}

}

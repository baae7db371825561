package io.github.loopthread.jfr;

import java.lang.management.ManagementFactory;

import com.sun.management.ThreadMXBean;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TaskRecorder}.
 */
class TaskRecorderTests {

	private static final int TASKS = 10_000;

	private final TaskRecorder recorder = new TaskRecorder("loop");

	@Test
	void nothingIsMadeForTasksThatNoRecordingWants() {
		assertNothingIsMade();
		try (Recording recording = new Recording()) {
			recording.disable("io.github.loopthread.Task");
			recording.start();
			assertNothingIsMade();
			try (Recording other = new Recording()) {
				other.enable("io.github.loopthread.Task");
				other.start();
				assertThat(this.recorder.create("task")).isNotNull();
			}
			assertNothingIsMade();
		}
	}

	private void assertNothingIsMade() {
		assertThat(this.recorder.create("task")).isNull();
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long id = Thread.currentThread().getId();
		long before = threads.getThreadAllocatedBytes(id);
		for (int i = 0; i < TASKS; i++) {
			this.recorder.create("task");
		}
		assertThat(threads.getThreadAllocatedBytes(id) - before).isLessThan(TASKS);
	}

}

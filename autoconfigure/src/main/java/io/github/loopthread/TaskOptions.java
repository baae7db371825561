package io.github.loopthread;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * What a template says about each of its tasks.
 *
 * @param name the name for messages
 * @param timeout how long the task may take, {@code null} for no limit
 */
record TaskOptions(String name, @Nullable Duration timeout) {

	static final TaskOptions UNNAMED = new TaskOptions("unnamed", null);

	TaskOptions withName(String name) {
		assertName(name);
		return new TaskOptions(name, this.timeout);
	}

	/**
	 * Assert that a name can stand in messages, and in a line of a log.
	 */
	static void assertName(String name) {
		Assert.isTrue(LoopSettings.isValidName(name),
				() -> "'name' must not be blank or contain control characters, but is '%s'".formatted(name));
	}

	TaskOptions withTimeout(Duration timeout) {
		Assert.notNull(timeout, "'timeout' must not be null");
		Assert.isTrue(!timeout.isZero() && !timeout.isNegative(),
				() -> "'timeout' must be more than zero, but is %s. Use withoutTimeout to wait without a limit"
					.formatted(timeout));
		return new TaskOptions(this.name, timeout);
	}

	TaskOptions withoutTimeout() {
		return new TaskOptions(this.name, null);
	}

	/**
	 * Return the deadline of a task that a caller brings now.
	 */
	Deadline deadline() {
		return Deadline.after(this.timeout);
	}

}

package io.github.loopthread;

import java.time.Duration;

import org.springframework.util.Assert;

/**
 * Settings of a {@link LoopThread}.
 *
 * @param name name of the loop; its thread is called {@code <name>-<generation>}
 * @param transport how the loop talks to the network
 * @param maxConcurrentTasks maximum number of tasks accepted and not ended
 * @param startupTimeout maximum time each resource gets to open
 * @param drainTimeout maximum time accepted tasks get to end at stop; zero for none
 * @param closeTimeout maximum time each resource gets to close, and the thread to end
 * @param watchdogThreshold time after which a loop that does not answer is reported; zero
 * for never
 * @since 1.0.0
 */
public record LoopSettings(String name, Transport transport, int maxConcurrentTasks, Duration startupTimeout,
		Duration drainTimeout, Duration closeTimeout, Duration watchdogThreshold) {

	/**
	 * Create settings.
	 * @param name name of the loop
	 * @param transport how the loop talks to the network
	 * @param maxConcurrentTasks maximum number of tasks accepted and not ended
	 * @param startupTimeout maximum time each resource gets to open
	 * @param drainTimeout maximum time accepted tasks get to end at stop
	 * @param closeTimeout maximum time each resource gets to close
	 * @param watchdogThreshold time after which a loop that does not answer is reported
	 * @throws IllegalArgumentException when an argument is {@code null}, the name blank
	 * or with control characters, or a number or duration not positive (the drain timeout
	 * and the watchdog's threshold may be zero)
	 */
	public LoopSettings {
		Assert.isTrue(isValidName(name),
				() -> "'name' must not be blank or contain control characters, but is '%s'".formatted(name));
		Assert.notNull(transport, "'transport' must not be null");
		Assert.isTrue(maxConcurrentTasks > 0,
				() -> "'maxConcurrentTasks' must be at least 1, but is %d".formatted(maxConcurrentTasks));
		assertPositive("startupTimeout", startupTimeout);
		assertNotNegative("drainTimeout", drainTimeout);
		assertPositive("closeTimeout", closeTimeout);
		assertNotNegative("watchdogThreshold", watchdogThreshold);
	}

	/**
	 * Return the default settings.
	 * @return settings for a loop called {@code loop} with the best transport available
	 */
	public static LoopSettings defaults() {
		return new LoopSettings("loop", Transport.AUTO, 1000, Duration.ofSeconds(10), Duration.ofSeconds(20),
				Duration.ofSeconds(2), Duration.ofMillis(500));
	}

	/**
	 * Return settings that differ in the name.
	 * @param name name of the loop
	 * @return new settings
	 */
	public LoopSettings withName(String name) {
		return new LoopSettings(name, this.transport, this.maxConcurrentTasks, this.startupTimeout, this.drainTimeout,
				this.closeTimeout, this.watchdogThreshold);
	}

	/**
	 * Return settings that differ in the transport.
	 * @param transport how the loop talks to the network
	 * @return new settings
	 */
	public LoopSettings withTransport(Transport transport) {
		return new LoopSettings(this.name, transport, this.maxConcurrentTasks, this.startupTimeout, this.drainTimeout,
				this.closeTimeout, this.watchdogThreshold);
	}

	/**
	 * Return settings that differ in the limit of tasks.
	 * @param maxConcurrentTasks maximum number of tasks accepted and not ended
	 * @return new settings
	 */
	public LoopSettings withMaxConcurrentTasks(int maxConcurrentTasks) {
		return new LoopSettings(this.name, this.transport, maxConcurrentTasks, this.startupTimeout, this.drainTimeout,
				this.closeTimeout, this.watchdogThreshold);
	}

	/**
	 * Return settings that differ in the startup timeout.
	 * @param startupTimeout maximum time each resource gets to open
	 * @return new settings
	 */
	public LoopSettings withStartupTimeout(Duration startupTimeout) {
		return new LoopSettings(this.name, this.transport, this.maxConcurrentTasks, startupTimeout, this.drainTimeout,
				this.closeTimeout, this.watchdogThreshold);
	}

	/**
	 * Return settings that differ in the drain timeout.
	 * @param drainTimeout maximum time accepted tasks get to end at stop; zero for none
	 * @return new settings
	 */
	public LoopSettings withDrainTimeout(Duration drainTimeout) {
		return new LoopSettings(this.name, this.transport, this.maxConcurrentTasks, this.startupTimeout, drainTimeout,
				this.closeTimeout, this.watchdogThreshold);
	}

	/**
	 * Return settings that differ in the close timeout.
	 * @param closeTimeout maximum time each resource gets to close, and the thread to end
	 * @return new settings
	 */
	public LoopSettings withCloseTimeout(Duration closeTimeout) {
		return new LoopSettings(this.name, this.transport, this.maxConcurrentTasks, this.startupTimeout,
				this.drainTimeout, closeTimeout, this.watchdogThreshold);
	}

	/**
	 * Return settings that differ in the watchdog's threshold.
	 * @param watchdogThreshold time after which a loop that does not answer is reported;
	 * zero for never
	 * @return new settings
	 */
	public LoopSettings withWatchdogThreshold(Duration watchdogThreshold) {
		return new LoopSettings(this.name, this.transport, this.maxConcurrentTasks, this.startupTimeout,
				this.drainTimeout, this.closeTimeout, watchdogThreshold);
	}

	static boolean isValidName(String name) {
		return name != null && !name.isBlank() && name.chars().noneMatch(Character::isISOControl);
	}

	private static void assertNotNegative(String name, Duration value) {
		Assert.notNull(value, () -> "'%s' must not be null".formatted(name));
		Assert.isTrue(!value.isNegative(), () -> "'%s' must not be negative, but is %s".formatted(name, value));
	}

	private static void assertPositive(String name, Duration value) {
		Assert.notNull(value, () -> "'%s' must not be null".formatted(name));
		Assert.isTrue(!value.isZero() && !value.isNegative(),
				() -> "'%s' must be more than zero, but is %s".formatted(name, value));
	}

}

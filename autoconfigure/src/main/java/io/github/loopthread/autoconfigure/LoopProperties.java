package io.github.loopthread.autoconfigure;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.Transport;

/**
 * Configuration properties for the loop.
 *
 * @param enabled whether to run a loop
 * @param name name of the loop, from which its thread is named
 * @param transport how the loop talks to the network
 * @param timeout maximum time a caller waits for a task
 * @param maxConcurrentTasks maximum number of tasks accepted and not ended; more are
 * refused
 * @param startupTimeout maximum time each resource gets to open
 * @param shutdown what happens when the loop stops
 * @param watchdog what happens when the loop is blocked
 * @since 1.0.0
 */
@ConfigurationProperties("loop")
public record LoopProperties(@DefaultValue("true") boolean enabled, @DefaultValue("loop") String name,
		@DefaultValue("auto") Transport transport, @DefaultValue("30s") Duration timeout,
		@DefaultValue("1000") int maxConcurrentTasks, @DefaultValue("10s") Duration startupTimeout,
		@DefaultValue Shutdown shutdown, @DefaultValue Watchdog watchdog) {

	/**
	 * Properties for stopping the loop.
	 *
	 * @param drainTimeout maximum time accepted tasks get to end; zero cancels them at
	 * once
	 * @param closeTimeout maximum time each resource gets to close
	 */
	public record Shutdown(@DefaultValue("20s") Duration drainTimeout, @DefaultValue("2s") Duration closeTimeout) {

	}

	/**
	 * Properties for noticing that the loop is blocked.
	 *
	 * @param threshold time after which a loop that does not answer is reported, with its
	 * stack and the task that it runs; zero for never
	 */
	public record Watchdog(@DefaultValue("500ms") Duration threshold) {

	}

	/**
	 * Return the settings that these properties stand for.
	 * @throws InvalidConfigurationPropertyValueException when a value is not allowed
	 */
	LoopSettings toSettings() {
		PropertyRules.check("loop.name", this.name,
				!this.name.isBlank() && this.name.chars().noneMatch(Character::isISOControl),
				"It must not be blank or contain control characters.");
		PropertyRules.positive("loop.max-concurrent-tasks", this.maxConcurrentTasks);
		PropertyRules.positive("loop.startup-timeout", this.startupTimeout);
		PropertyRules.check("loop.shutdown.drain-timeout", this.shutdown.drainTimeout,
				!this.shutdown.drainTimeout.isNegative(), "It must be zero, for not waiting at all, or more.");
		PropertyRules.positive("loop.shutdown.close-timeout", this.shutdown.closeTimeout);
		PropertyRules.check("loop.watchdog.threshold", this.watchdog.threshold, !this.watchdog.threshold.isNegative(),
				"It must be zero, for no reports, or more.");
		try {
			this.transport.assertAvailable();
		}
		catch (IllegalStateException ex) {
			throw new InvalidConfigurationPropertyValueException("loop.transport", this.transport, ex.getMessage());
		}
		return new LoopSettings(this.name, this.transport, this.maxConcurrentTasks, this.startupTimeout,
				this.shutdown.drainTimeout, this.shutdown.closeTimeout, this.watchdog.threshold);
	}

	/**
	 * Return the timeout of the template.
	 * @throws InvalidConfigurationPropertyValueException when it is not positive
	 */
	Duration checkedTimeout() {
		PropertyRules.positive("loop.timeout", this.timeout);
		return this.timeout;
	}

}

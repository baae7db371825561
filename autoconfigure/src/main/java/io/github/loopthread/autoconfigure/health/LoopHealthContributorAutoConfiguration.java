package io.github.loopthread.autoconfigure.health;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.health.LoopHealthIndicator;

/**
 * Auto-configuration for {@link LoopHealthIndicator}.
 *
 * @since 1.0.0
 */
@AutoConfiguration(after = LoopAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
@ConditionalOnEnabledHealthIndicator("loop")
public final class LoopHealthContributorAutoConfiguration {

	// On the class it would be looked for, and loaded, even where the loop is disabled
	@Bean
	@ConditionalOnSingleCandidate(LoopThread.class)
	@ConditionalOnMissingBean(name = { "loopHealthIndicator", "loopHealthContributor" })
	LoopHealthIndicator loopHealthIndicator(LoopThread loopThread) {
		return new LoopHealthIndicator(loopThread);
	}

}

package io.github.loopthread.autoconfigure.context;

import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

import io.github.loopthread.HandOverListener;
import io.github.loopthread.LoopContext;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

/**
 * Auto-configuration for {@link LoopContext}: which thread-locals travel with each task.
 * Beans of type {@link ThreadLocalAccessor} take the place of registered ones with the
 * same key, and a {@link ContextSnapshotFactory} of the application that of all.
 *
 * @since 1.0.0
 */
@AutoConfiguration(before = LoopAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LoopContextProperties.class)
public final class LoopContextAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean({ LoopContext.class, ContextSnapshotFactory.class })
	LoopContext loopContext(LoopContextProperties properties, ObjectProvider<ThreadLocalAccessor<?>> accessors,
			ObjectProvider<HandOverListener> listeners) {
		return new LoopContext(
				() -> LoopContext.snapshotFactory(properties.accessors(), accessors.orderedStream().toList()),
				listeners.orderedStream().toList());
	}

	@Bean
	@ConditionalOnBean(ContextSnapshotFactory.class)
	@ConditionalOnMissingBean
	LoopContext loopContextOfSnapshotFactory(ContextSnapshotFactory snapshots,
			ObjectProvider<HandOverListener> listeners) {
		return new LoopContext(() -> snapshots, listeners.orderedStream().toList());
	}

}

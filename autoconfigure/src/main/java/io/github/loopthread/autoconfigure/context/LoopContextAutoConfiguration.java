package io.github.loopthread.autoconfigure.context;

import java.util.function.Supplier;

import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
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
	@ConditionalOnMissingBean
	LoopContext loopContext(LoopContextProperties properties, ObjectProvider<ContextSnapshotFactory> snapshots,
			ObjectProvider<ThreadLocalAccessor<?>> accessors, ObjectProvider<HandOverListener> listeners) {
		ContextSnapshotFactory own = snapshots.getIfAvailable();
		Supplier<ContextSnapshotFactory> ours = () -> LoopContext.snapshotFactory(properties.accessors(),
				accessors.orderedStream().toList());
		return new LoopContext((own != null) ? () -> own : ours, listeners.orderedStream().toList());
	}

}

package io.github.loopthread.autoconfigure;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.util.Assert;

import io.github.loopthread.LoopContext;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

/**
 * Auto-configuration for {@link LoopThread} and {@link LoopTemplate}.
 *
 * @since 1.0.0
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LoopProperties.class)
public final class LoopAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean({ LoopSettings.class, LoopThread.class })
	LoopSettings loopSettings(LoopProperties properties, ObjectProvider<LoopSettingsCustomizer> customizers) {
		LoopSettings settings = properties.toSettings();
		for (LoopSettingsCustomizer customizer : customizers.orderedStream().toList()) {
			settings = customizer.customize(settings);
			Assert.state(settings != null, () -> "%s must not return null".formatted(customizer));
		}
		return settings;
	}

	// The context also destroys loops that were started on demand in a refresh that then
	// failed, which no lifecycle callback would stop
	@Bean(destroyMethod = "stop")
	@ConditionalOnMissingBean
	LoopThread loopThread(LoopSettings settings, LoopProperties properties, ObjectProvider<LoopResource<?>> resources,
			ObjectProvider<LoopContext> context, ObjectProvider<LifecycleProperties> lifecycle) {
		lifecycle.ifAvailable((phases) -> ShutdownCheck.warn(settings, phases.getTimeoutPerShutdownPhase()));
		LoopContext travelling = context.getIfAvailable(LoopContext::ofRegisteredAccessors);
		LoopThread loop = new LoopThread(settings, resources.orderedStream().toList(), travelling);
		loop.addListener(new StartLog(loop, properties.timeout()));
		return loop;
	}

	@Bean
	@ConditionalOnMissingBean(LoopOperations.class)
	LoopTemplate loopTemplate(LoopThread loopThread, LoopProperties properties) {
		return new LoopTemplate(loopThread, properties.checkedTimeout());
	}

}

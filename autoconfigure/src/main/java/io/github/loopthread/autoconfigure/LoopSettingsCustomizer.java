package io.github.loopthread.autoconfigure;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopThread;

/**
 * Callback for beans that change the settings of the auto-configured {@link LoopThread},
 * after properties have been applied and in the order of the beans.
 *
 * @since 1.0.0
 */
@FunctionalInterface
public interface LoopSettingsCustomizer {

	/**
	 * Return the settings that the loop is to have.
	 * @param settings what the properties and the customizers before this one say
	 * @return the given settings or others, never {@code null}
	 */
	LoopSettings customize(LoopSettings settings);

}

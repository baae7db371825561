package io.github.loopthread.autoconfigure.jfr;

import org.springframework.beans.factory.config.BeanPostProcessor;

import io.github.loopthread.LoopThread;
import io.github.loopthread.jfr.LoopFlightRecorder;

/**
 * Has the Flight Recorder hear of a loop before that starts.
 */
final class FlightRecorderPostProcessor implements BeanPostProcessor {

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof LoopThread loop) {
			LoopFlightRecorder.recordEventsOf(loop);
		}
		return bean;
	}

}

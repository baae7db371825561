package io.github.loopthread.test;

import java.util.stream.Stream;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.test.context.junit.jupiter.SpringExtension;

import io.github.loopthread.LoopThread;

/**
 * A test whose application context Spring manages. Apart, as Spring's test framework may
 * be absent.
 */
final class SpringTest {

	private SpringTest() {
	}

	/**
	 * Return the loops of the test's application context and its parents, none if Spring
	 * does not manage the test: asking for a context would make one.
	 */
	static Stream<LoopThread> loops(ExtensionContext context) {
		if (!isManagedBySpring(context)) {
			return Stream.empty();
		}
		return BeanFactoryUtils
			.beansOfTypeIncludingAncestors(SpringExtension.getApplicationContext(context), LoopThread.class, false,
					false)
			.values()
			.stream();
	}

	private static boolean isManagedBySpring(ExtensionContext context) {
		return context.getRequiredTestInstances()
			.getAllInstances()
			.stream()
			.flatMap((instance) -> AnnotationSupport.findRepeatableAnnotations(instance.getClass(), ExtendWith.class)
				.stream())
			.flatMap((extensions) -> Stream.of(extensions.value()))
			.anyMatch(SpringExtension.class::isAssignableFrom);
	}

}

package io.github.loopthread.autoconfigure.http;

import java.util.List;
import java.util.stream.Stream;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.core.type.MethodMetadata;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * Always matches, and says in the condition report which beans of the application win by
 * type over a fallback.
 */
final class FallbackCondition extends SpringBootCondition implements ConfigurationCondition {

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConfigurableListableBeanFactory beanFactory = context.getBeanFactory();
		Assert.state(beanFactory != null, "No bean factory");
		MethodMetadata method = (MethodMetadata) metadata;
		String typeName = method.getReturnTypeName();
		Class<?> type = ClassUtils.resolveClassName(typeName, context.getClassLoader());
		// Without that of a parent context, which is ours as well
		List<String> others = Stream
			.of(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beanFactory, type, true, false))
			.filter((name) -> !name.equals(method.getMethodName()))
			.toList();
		ConditionMessage.Builder message = ConditionMessage.forCondition("Fallback", typeName);
		return ConditionOutcome.match(others.isEmpty() ? message.didNotFind("other beans of this type").atAll()
				: message.because("this one is reachable by name, while the application's own win by type: "
						+ String.join(", ", others)));
	}

}

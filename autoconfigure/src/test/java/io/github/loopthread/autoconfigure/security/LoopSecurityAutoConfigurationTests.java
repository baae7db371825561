package io.github.loopthread.autoconfigure.security;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;

import io.github.loopthread.HandOverListener;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopSecurityAutoConfiguration}. {@link OAuth2ClientTests} show it at
 * work.
 */
class LoopSecurityAutoConfigurationTests {

	private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(LoopAutoConfiguration.class,
			LoopSecurityAutoConfiguration.class);

	private final WebApplicationContextRunner contextRunner = new WebApplicationContextRunner()
		.withConfiguration(CONFIGURATIONS);

	@Test
	void isThereInServletApplications() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(HandOverListener.class));
	}

	@Test
	void isNotThereWithoutSpringSecurity() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(EnableWebSecurity.class))
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean(HandOverListener.class));
	}

	@Test
	void isThereInParentsOfServletApplications() {
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.run((context) -> assertThat(context).hasSingleBean(HandOverListener.class));
	}

	@Test
	void isNotThereWithoutServletApi() {
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withClassLoader(new FilteredClassLoader(HttpServletRequest.class))
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean(HandOverListener.class));
	}

	@Test
	void isNotThereWhenLoopIsDisabled() {
		this.contextRunner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(HandOverListener.class));
	}

	@Test
	void asksForEachValueOnce() {
		List<Object> asked = new ArrayList<>();
		Map<Object, Object> attributes = new HashMap<>(Map.of("request", "r", "user", "u")) {

			@Override
			public Object get(Object key) {
				asked.add(key);
				return super.get(key);
			}

		};
		new SecurityValuesOfCaller()
			.beforeHandOver(Context.of("org.springframework.security.SECURITY_CONTEXT_ATTRIBUTES", attributes));
		assertThat(asked).containsExactlyInAnyOrder("request", "user");
	}

	@Test
	void leavesEveryOtherContextAlone() {
		new SecurityValuesOfCaller().beforeHandOver(Context.empty());
		new SecurityValuesOfCaller()
			.beforeHandOver(Context.of("org.springframework.security.SECURITY_CONTEXT_ATTRIBUTES", "something else"));
	}

}

package io.github.loopthread.autoconfigure.endpoint;

import java.util.List;

import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.web.context.request.RequestContextHolder;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.endpoint.LoopEndpoint;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopEndpointAutoConfiguration}: when it is there.
 */
@Timeout(60)
class LoopEndpointAutoConfigurationTests {

	private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(LoopAutoConfiguration.class,
			LoopEndpointAutoConfiguration.class);

	private static final String EXPOSED = "management.endpoints.web.exposure.include=loop";

	private static final String REMEMBER = "loopRememberRequests";

	private final WebApplicationContextRunner servlet = new WebApplicationContextRunner()
		.withConfiguration(CONFIGURATIONS);

	private final ApplicationContextRunner notWeb = new ApplicationContextRunner().withConfiguration(CONFIGURATIONS);

	@Test
	void isThereWhenExposed() {
		this.servlet.withPropertyValues(EXPOSED)
			.run((context) -> assertThat(context).hasSingleBean(LoopEndpoint.class).hasBean(REMEMBER));
	}

	@Test
	void tasksRememberNoRequestWhenNobodyCanReadIt() {
		this.servlet.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
			.doesNotHaveBean(LoopEndpoint.class)
			.doesNotHaveBean(REMEMBER));
		this.servlet.withPropertyValues(EXPOSED, "management.endpoint.loop.access=NONE")
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean(LoopEndpoint.class)
				.doesNotHaveBean(REMEMBER));
	}

	@Test
	void tasksRememberNoRequestOutsideServletApplications() {
		this.notWeb.withPropertyValues(EXPOSED)
			.run((context) -> assertThat(context).hasSingleBean(LoopEndpoint.class).doesNotHaveBean(REMEMBER));
		this.notWeb.withPropertyValues(EXPOSED)
			.withClassLoader(new FilteredClassLoader(RequestContextHolder.class, HttpServletRequest.class))
			.run((context) -> assertThat(context).hasSingleBean(LoopEndpoint.class).doesNotHaveBean(REMEMBER));
	}

	@Test
	void isNotThereWhenLoopIsDisabledOrWithoutActuator() {
		this.servlet.withPropertyValues(EXPOSED, "loop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LoopEndpoint.class));
		this.servlet.withPropertyValues(EXPOSED)
			.withClassLoader(new FilteredClassLoader(Endpoint.class))
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class).doesNotHaveBean("loopEndpoint"));
	}

	@Test
	void endpointOfApplicationWins() {
		LoopEndpoint own = new LoopEndpoint(new LoopThread(LoopSettings.defaults(), List.of()));
		this.servlet.withPropertyValues(EXPOSED)
			.withBean("own", LoopEndpoint.class, () -> own)
			.run((context) -> assertThat(context.getBean(LoopEndpoint.class)).isSameAs(own));
	}

}

package io.github.loopthread.starter.web;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * {@code @WebMvcTest} of an application that has nothing but the starter: controllers get
 * a real template, without an import.
 */
@WebMvcTest
@TestPropertySource(properties = "loop.name=slice")
class WebMvcSliceTests {

	@Autowired
	private MockMvcTester mvc;

	@MockitoBean
	private PageController.Prices prices;

	@Test
	void controllerGetsTemplateWhoseTasksRunOnLoop() {
		given(this.prices.price()).willReturn(Mono.fromSupplier(() -> "7 from " + Thread.currentThread().getName()));
		assertThat(this.mvc.get().uri("/price")).hasStatusOk().hasBodyTextEqualTo("7 from slice-1");
		assertThat(this.mvc.get().uri("/greeting")).hasStatusOk().hasBodyTextEqualTo("Hello slice-1");
	}

	@Test
	void timeoutHasItsStatus() {
		given(this.prices.price()).willReturn(Mono.never());
		assertThat(this.mvc.get().uri("/price")).hasStatus(504);
	}

	@Test
	void localeTravelsAsInApplication() {
		AtomicReference<Object> locale = new AtomicReference<>();
		given(this.prices.price()).willReturn(Mono.fromSupplier(() -> {
			locale.set(LocaleContextHolder.getLocale());
			return "7";
		}));
		assertThat(this.mvc.get().uri("/price").locale(Locale.ITALIAN)).hasStatusOk();
		assertThat(locale).hasValue(Locale.ITALIAN);
	}

	@Test
	void sliceHasLoopAndNoClient(@Autowired ApplicationContext context) {
		assertThat(context.getBean(LoopThread.class).isRunning()).isTrue();
		assertThat(context.getBeanProvider(WebClient.class).getIfAvailable()).isNull();
		assertThat(context.getBeanProvider(LoopResource.class).getIfAvailable()).isNull();
	}

}

package io.github.loopthread.autoconfigure.aot;

import java.time.Duration;

import org.slf4j.MDC;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import io.github.loopthread.LoopTemplate;

/**
 * A servlet application that uses everything we configure: the template, the shared
 * client, a declared client, Redis, the caller's context, the statuses of our exceptions,
 * health, endpoint and meters.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(AotApplication.Pages.class)
class AotApplication {

	public static void main(String[] args) {
		SpringApplication.run(AotApplication.class, args);
	}

	@Bean
	Upstream upstream(HttpServiceProxyFactory factory) {
		return factory.createClient(Upstream.class);
	}

	interface Upstream {

		@GetExchange("/text")
		String text();

	}

	@RestController
	static class Pages {

		private final LoopTemplate loop;

		private final WebClient client;

		private final Upstream upstream;

		private final ReactiveStringRedisTemplate redis;

		Pages(LoopTemplate loop, WebClient client, Upstream upstream, ReactiveStringRedisTemplate redis) {
			this.loop = loop;
			this.client = client;
			this.upstream = upstream;
			this.redis = redis;
		}

		@GetMapping("/web")
		String web() {
			try (MDC.MDCCloseable user = MDC.putCloseable("user", "ada")) {
				return this.loop.execute(this.client.get()
					.uri("/text")
					.retrieve()
					.bodyToMono(String.class)
					.map((text) -> "%s for %s on %s".formatted(text, MDC.get("user"), thread())));
			}
		}

		@GetMapping("/declared")
		String declared() {
			return this.upstream.text();
		}

		@GetMapping("/redis")
		String redis() {
			return this.loop.execute(this.redis.opsForValue()
				.set("key", "value")
				.then(this.redis.opsForValue().get("key"))
				.map((value) -> "%s on %s".formatted(value, thread())));
		}

		@GetMapping("/late")
		String late() {
			return this.loop.withTimeout(Duration.ofMillis(100)).execute(Mono.never());
		}

		private static String thread() {
			return Thread.currentThread().getName();
		}

	}

}

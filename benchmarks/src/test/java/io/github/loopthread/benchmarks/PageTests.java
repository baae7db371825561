package io.github.loopthread.benchmarks;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import io.github.loopthread.benchmarks.ways.WayType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The Spring MVC application and its load, in one process.
 */
@Timeout(60)
class PageTests {

	@Test
	void loadGetsPagesAndCountsThem() throws Exception {
		try (Certificate certificate = Certificate.create();
				Upstream upstream = new Upstream(certificate.certificate(), certificate.key());
				ServletWebServerApplicationContext application = ApplicationProcess.run(WayType.MONO,
						new Target(upstream.port(false), false, Body.TINY, 1), 5)) {
			int port = application.getWebServer().getPort();
			LoadProcess.Result result = LoadProcess.run(port, 4, 30, 20);
			assertThat(result.requests()).isEqualTo(20);
			assertThat(result.errors()).isZero();
			assertThat(result.p99()).isGreaterThanOrEqualTo(1000);
		}
	}

}

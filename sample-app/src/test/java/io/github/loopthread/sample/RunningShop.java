package io.github.loopthread.sample;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The sample as a whole, a real servlet container with real services behind it, which all
 * tests that extend this share, and leave as it was.
 */
@Timeout(120)
@AutoConfigureRestTestClient
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		// A busy machine may pause for long: tests of a deadline set it with 'deadline'
		properties = { "sample.page-timeout=20s", "spring.data.redis.timeout=20s",
				"spring.data.redis.connect-timeout=20s" })
abstract class RunningShop {

	@Autowired
	RestTestClient client;

	@Autowired
	UpstreamServer upstreams;

	@Autowired
	LoopThread loopThread;

	@Autowired
	SampleProperties properties;

	@Autowired
	private ProductController products;

	@Autowired
	private FullLoopController fullLoop;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		int port = FreePort.find();
		registry.add("sample.upstream-port", () -> port);
	}

	@AfterEach
	void repair() {
		this.upstreams.modes().replaceAll((upstream, mode) -> UpstreamMode.NORMAL);
		this.products.timeout(this.properties.pageTimeout());
		this.fullLoop.empty();
		// What was cancelled ends on the loop, which nobody waits for
		await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
		assertThat(this.loopThread.openScopes()).isZero();
	}

	void deadline(String timeout) {
		this.client.put().uri("/deadline/" + timeout).exchange().expectStatus().isOk();
	}

	void change(String upstreamAndMode) {
		this.client.put().uri("/upstreams/" + upstreamAndMode).exchange().expectStatus().isOk();
	}

}

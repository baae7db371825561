package io.github.loopthread.sample;

import java.util.Map;
import java.util.TreeMap;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The switch that makes a service slow or broken.
 */
@RestController
class UpstreamController {

	private final UpstreamServer server;

	UpstreamController(UpstreamServer server) {
		this.server = server;
	}

	@GetMapping("/upstreams")
	Map<Upstream, UpstreamMode> modes() {
		return new TreeMap<>(this.server.modes());
	}

	@PutMapping("/upstreams/{upstream}/{mode}")
	Map<Upstream, UpstreamMode> change(@PathVariable Upstream upstream, @PathVariable UpstreamMode mode) {
		this.server.modes().put(upstream, mode);
		return modes();
	}

}

package io.github.loopthread.benchmarks;

import java.io.IOException;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Puts into thread-locals what applications put there in a filter.
 */
class CallerValuesFilter extends OncePerRequestFilter {

	private final boolean enabled;

	CallerValuesFilter(boolean enabled) {
		this.enabled = enabled;
	}

	@Override
	protected boolean shouldNotFilter(HttpServletRequest request) {
		return !this.enabled;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		CallerValues.set();
		try {
			chain.doFilter(request, response);
		}
		finally {
			CallerValues.clear();
		}
	}

}

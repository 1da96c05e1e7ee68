# Jobs of the tests' workers.
require 'sidekiq'

Sidekiq.configure_server { |config| config.redis = { url: ENV.fetch('REDIS_URL') } }

# What a process works on is told with its heartbeat only: here ten times a second instead of every five seconds.
Sidekiq::Launcher.send(:remove_const, :BEAT_PAUSE)
Sidekiq::Launcher.const_set(:BEAT_PAUSE, 0.1)

class HoldJob
  include Sidekiq::Worker
  sidekiq_options queue: 'mail'

  def perform(fails = false)
    Sidekiq.redis do |redis|
      redis.rpush('started', jid)
      redis.blpop('go')
    end
    raise 'failed by the test' if fails
  end
end

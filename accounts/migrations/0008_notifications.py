import config.lib.public_id
import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_policy'),
    ]

    operations = [
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=100)),
                ('data', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('link', models.CharField(blank=True, max_length=300)),
                ('listed', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'notification',
                'verbose_name_plural': 'notifications',
                'indexes': [models.Index(condition=models.Q(('listed', True), ('removed_at', None)), fields=['user', '-created_at', '-id'], name='accounts_notification_list'), models.Index(condition=models.Q(('listed', True), ('read_at', None), ('removed_at', None)), fields=['user'], name='accounts_notification_unread'), models.Index(fields=['created_at'], name='accounts_notification_age')],
                'constraints': [models.UniqueConstraint(fields=('user', 'kind', 'key'), name='accounts_notification_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', ''), _negated=True), models.Q(('key', ''), _negated=True)), name='accounts_notification_named'), models.CheckConstraint(condition=models.Q(('link', ''), models.Q(('link__startswith', '/'), models.Q(('link__startswith', '//'), _negated=True)), _connector='OR'), name='accounts_notification_link_is_ours')],
            },
        ),
        migrations.CreateModel(
            name='NotificationChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('channel', models.CharField(choices=[('site', 'On the site'), ('mail', 'By e-mail'), ('push', 'On your devices')], max_length=8)),
                ('wanted', models.BooleanField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'kind', 'channel'), name='accounts_notificationchoice_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['site', 'mail', 'push'])), name='accounts_notificationchoice_channel_known')],
            },
        ),
        migrations.CreateModel(
            name='NotificationDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('site', 'On the site'), ('mail', 'By e-mail'), ('push', 'On your devices')], max_length=8)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sent', 'sent'), ('dropped', 'dropped'), ('failed', 'failed')], default='waiting', max_length=8)),
                ('gathered', models.BooleanField(default=False)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('claim', models.CharField(blank=True, max_length=14)),
                ('reached', models.JSONField(default=list)),
                ('ended_at', models.DateTimeField(null=True)),
                ('notification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='accounts.notification')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['channel', 'due_at'], name='accounts_delivery_due')],
                'constraints': [models.UniqueConstraint(fields=('notification', 'channel'), name='accounts_notificationdelivery_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['mail', 'push'])), name='accounts_notificationdelivery_channel_known'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'waiting')), models.Q(('ended_at__isnull', False), ('state__in', ['sent', 'dropped', 'failed'])), _connector='OR'), name='accounts_notificationdelivery_state_known')],
            },
        ),
        migrations.CreateModel(
            name='NotificationFanOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=100)),
                ('data', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('link', models.CharField(blank=True, max_length=300)),
                ('after', models.PositiveBigIntegerField(default=0)),
                ('told', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['created_at'], name='accounts_fanout_due')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='accounts_notificationfanout_once')],
            },
        ),
        migrations.CreateModel(
            name='NotificationRhythm',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('quiet_from', models.TimeField(null=True)),
                ('quiet_until', models.TimeField(null=True)),
                ('digest', models.CharField(choices=[('off', 'Each at once'), ('daily', 'Together, once a day'), ('weekly', 'Together, once a week')], default='off', max_length=8)),
                ('page_zone', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False), models.Q(('quiet_from', models.F('quiet_until')), _negated=True)), _connector='OR'), name='accounts_notificationrhythm_quiet_whole'), models.CheckConstraint(condition=models.Q(('digest__in', ['off', 'daily', 'weekly'])), name='accounts_notificationrhythm_digest_known')],
            },
        ),
        migrations.CreateModel(
            name='PushSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('endpoint', models.CharField(max_length=1000)),
                ('p256dh', models.CharField(max_length=87)),
                ('auth', models.CharField(max_length=22)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='push_subscriptions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('endpoint',), name='accounts_pushsubscription_once')],
            },
        ),
    ]
